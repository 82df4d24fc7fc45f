resource "exec" "build" {
  command = ["touch", "app"]
  creates = "app"

  destroy = {
    command = ["rm", "app"]
  }
}
