terraform {
  required_providers {
    exec = { source = "terraform-provider-exec/exec" }
  }
}

resource "exec" "registration" {
  command = ["sh", "-c", "echo node-17 | tee registered"]
  creates = "registered"

  destroy = {
    command = ["rm", "-f", "registered"]
    timeout = "30s"
  }
}
