terraform {
  required_providers {
    exec = { source = "terraform-provider-exec/exec" }
  }
}

moved {
  from = null_resource.database
  to   = exec.database
}

resource "exec" "database" {
  command = "cp ${exec.seed.creates} app.db"
  creates = "app.db"

  sensitive_environment = { PGPASSWORD = "correct horse" }
}

# Stands for the file that the command reads.
resource "exec" "seed" {
  command = ["sh", "-c", "echo 'create table t;' > seed.sql"]
  creates = "seed.sql"
}
