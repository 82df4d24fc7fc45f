resource "exec_executable_object" "sh" {
  name         = "shell"
  exec_command = "sh"
  args         = ["-eu"]
}

# What can be run: files, what they run under, and what they accept. Nothing runs here.
resource "exec_service" "report" {
  name              = "report"
  source            = { path = "${path.module}/scripts" }
  executable_object = exec_executable_object.sh
  executable        = { filename = "report.sh" }

  input_schema = jsonencode({
    type     = "object"
    required = ["title"]
    properties = {
      title = { type = "string", minLength = 1 }
      lines = { type = "integer", minimum = 1, default = 3 }
    }
  })
}

# The run. It runs again when the files, the inputs or the definition change.
resource "exec" "report" {
  service = exec_service.report
  inputs  = { title = "Disk usage" }
}

output "report" {
  value = exec.report.stdout
}
