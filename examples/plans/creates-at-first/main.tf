resource "exec" "build" {
  command = ["touch", "app"]
  creates = "app"
}
