# Terraform 1.14 or newer. OpenTofu has no actions.
action "exec" "reload" {
  config {
    command = ["pkill", "-HUP", "-F", "/run/app.pid"]
    timeout = "10s"
  }
}

resource "terraform_data" "settings" {
  input = { workers = 4 }

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.exec.reload]
    }
  }
}
