variable "release" {
  default = "1"
}

resource "exec" "deploy" {
  command = ["touch", "app", "release-${var.release}"]
  creates = "app"
}
