terraform {
  required_providers {
    exec = {
      source = "terraform-provider-exec/exec"
    }
  }
}

variable "machine" {
  description = "Where to run, as the bastion sees it."
  type        = object({ host = string, port = number, user = string, host_key = string })
}

variable "bastion" {
  description = "The machine in between."
  type        = object({ host = string, port = number, user = string, host_key = string })
}

variable "dir" {
  description = "A directory of the machine."
  type        = string
}

provider "exec" {
  private_key = file("id_ed25519")
}

resource "exec" "app" {
  command = ["mkdir", "app"]
  creates = "app"
  cwd     = var.dir

  connection = {
    host     = var.machine.host
    port     = var.machine.port
    user     = var.machine.user
    host_key = var.machine.host_key
    bastion  = var.bastion
  }
}
