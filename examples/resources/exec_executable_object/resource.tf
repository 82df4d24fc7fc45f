# A named executable: looked at in every plan, run by whoever refers to it.
resource "exec_executable_object" "sh" {
  name         = "shell"
  description  = "What our jobs run under"
  exec_command = "sh"
  args         = ["-eu"]
  tags         = ["jobs"]
}

resource "exec" "hello" {
  executable = exec_executable_object.sh
  args       = ["-c", "echo hello"]
}

# A changed executable runs nothing by itself. Who wants a run says so.
resource "exec" "restart" {
  command      = "echo the shell changed"
  refresh_only = true
  subscribe    = [exec_executable_object.sh.sha256]
}
