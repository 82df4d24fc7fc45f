import {
  to = exec.app
  id = "app"
}

resource "exec" "app" {
  command = ["touch", "app.installed"]
  creates = "app.installed"
}
