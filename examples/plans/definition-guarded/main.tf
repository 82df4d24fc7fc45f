variable "release" {
  default = "1"
}

resource "exec" "deploy" {
  command = ["touch", "release-${var.release}"]
  creates = "release-${var.release}"
}
