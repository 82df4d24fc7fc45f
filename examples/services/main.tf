# One service of each kind, and the runs that use them. Nothing runs because a service is
# defined: that is what exec is for.

terraform {
  required_providers {
    exec = {
      source = "terraform-provider-exec/exec"
    }
  }
}

variable "dir" {
  description = "Where the runs write what they make."
  type        = string
}

variable "tofu" {
  description = "The OpenTofu that applies the nested configuration: a path, or a name on PATH."
  type        = string
  default     = "tofu"
}

resource "exec_executable_object" "sh" {
  name         = "shell"
  exec_command = "sh"
  args         = ["-eu"]
}

resource "exec_executable_object" "python" {
  name         = "python"
  exec_command = "python3"
  version_args = ["--version"]
}

resource "exec_executable_object" "tofu" {
  name         = "tofu"
  exec_command = var.tofu
}

# A script. Each input becomes "--name value".
resource "exec_service" "backup" {
  name              = "backup"
  source            = { path = "${path.module}/jobs" }
  executable_object = exec_executable_object.sh
  executable        = { filename = "backup.sh" }

  input_schema = jsonencode({
    type     = "object"
    required = ["to"]
    properties = {
      to   = { type = "string" }
      keep = { type = "integer", minimum = 1, default = 7 }
    }
  })
}

resource "exec" "backup" {
  service = exec_service.backup
  inputs  = { to = "${var.dir}/my backup" }
}

# A Python program. What it prints is JSON, so result has it with its types.
resource "exec_service" "report" {
  name              = "report"
  source            = { path = "${path.module}/report" }
  executable_object = exec_executable_object.python
  python_script     = { filename = "report.py" }
}

resource "exec" "report" {
  service = exec_service.report
  inputs  = { title = "Backups", verbose = true }
}

# A playbook. Inputs are extra variables, and result is the recap.
resource "exec_service" "configure" {
  name   = "configure"
  source = { path = "${path.module}/playbooks" }
  ansible_playbook = {
    playbooks = ["configure.yml"]
    inventory = ["localhost,"]
  }
}

resource "exec" "configure" {
  service = exec_service.configure
  inputs  = { dest = "${var.dir}/app.conf", settings = { port = 8080 } }
}

# A nested configuration. Inputs are its variables, and result is its outputs.
resource "exec_service" "network" {
  name              = "network"
  source            = { path = "${path.module}/network" }
  executable_object = exec_executable_object.tofu
  opentofu_plan = {
    state_file        = "${var.dir}/network.tfstate"
    destroy_on_delete = true
  }
}

resource "exec" "network" {
  service = exec_service.network
  inputs  = { cidrs = ["10.0.0.0/24", "10.0.1.0/24"] }
}

output "report" {
  value = exec.report.result
}

output "changed_by_ansible" {
  value = exec.configure.result.localhost.changed
}

output "subnets" {
  value = exec.network.result.subnets
}
