variable "settings" {
  default = "v1"
}

resource "exec" "reload" {
  command      = "echo reloading"
  onlyif       = "test -e pid"
  refresh_only = true
  recheck_on   = [var.settings]
}
