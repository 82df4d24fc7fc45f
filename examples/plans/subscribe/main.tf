variable "settings" {
  default = "v1"
}

resource "exec" "reload" {
  command      = "echo reloading"
  refresh_only = true
  subscribe    = [var.settings]
}
