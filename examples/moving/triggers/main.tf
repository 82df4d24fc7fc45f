terraform {
  required_providers {
    exec = { source = "terraform-provider-exec/exec" }
  }
}

resource "terraform_data" "settings" {
  input = "workers = 4"
}

resource "exec" "settings" {
  command = ["tee", "settings.conf"]
  stdin   = terraform_data.settings.output
}

resource "exec" "reload" {
  command      = ["sh", "-c", "date >> reloads.log"]
  refresh_only = true
  subscribe    = [terraform_data.settings.output]
}
