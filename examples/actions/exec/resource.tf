# The same on every engine: run after something else, and never by itself.
resource "exec" "reload" {
  command      = ["sh", "-c", "echo reload with $WORKERS workers >> app.log"]
  environment  = { WORKERS = terraform_data.settings.output.workers }
  refresh_only = true
  subscribe    = [terraform_data.settings.output]
}

resource "terraform_data" "settings" {
  input = { workers = 4 }
}
