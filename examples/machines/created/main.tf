terraform {
  required_providers {
    exec = {
      source = "terraform-provider-exec/exec"
    }
  }
}

variable "machine" {
  description = "The machine that the apply makes."
  type        = object({ host = string, port = number, user = string, host_key = string })
}

variable "dir" {
  description = "A directory of that machine."
  type        = string
}

# Long enough for a machine to be made and to start.
provider "exec" {
  private_key     = file("id_ed25519")
  connect_timeout = "10m"
}

# Stands for the resource of a cloud, which knows its address once it is made.
resource "terraform_data" "machine" {
  input = var.machine
}

resource "exec" "app" {
  command    = ["mkdir", "app"]
  creates    = "app"
  cwd        = var.dir
  connection = terraform_data.machine.output
}
