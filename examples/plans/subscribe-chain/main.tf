resource "exec" "build" {
  command = ["touch", "app"]
  creates = "app"
}

resource "exec" "restart" {
  command      = "echo restarting"
  refresh_only = true
  subscribe    = [exec.build.run_id]
}
