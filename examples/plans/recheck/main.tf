variable "settings" {
  default = "v1"
}

resource "exec" "deploy" {
  command    = "echo deployed"
  recheck_on = [var.settings]
}
