provider "exec" {
  guards = "apply"
}

resource "exec" "build" {
  command = ["touch", "app"]
  creates = "app"
}
