variable "timeout" {
  default = "5m"
}

resource "exec" "greet" {
  command = "echo hello"
  timeout = var.timeout
}
