variable "release" {
  default = "1"
}

resource "exec" "deploy" {
  command = ["echo", "release", var.release]
}
