# What a command prints.
data "exec" "machine" {
  command = ["uname", "-m"]
}

# Output that is JSON is decoded, and its values keep their types.
data "exec" "account" {
  shell   = true
  command = "printf '{\"name\": \"%s\", \"id\": %d}' \"$(id -un)\" \"$(id -u)\""
}

# A program reads its query as JSON and answers with a JSON object.
data "exec" "lookup" {
  program = ["sh", "-c", "printf '{\"query\": %s, \"hosts\": [\"a\", \"b\"]}' \"$(cat)\""]
  query   = { zone = "example.org", limit = 2 }
}

# An exit code can be the answer.
data "exec" "readable" {
  command = ["test", "-r", "/etc/hosts"]
  returns = [0, 1]
}

output "machine" {
  value = trimspace(data.exec.machine.stdout)
}

output "account_id" {
  value = data.exec.account.result.id
}

output "first_host" {
  value = data.exec.lookup.result.hosts[0]
}

output "readable" {
  value = data.exec.readable.exit_code == 0
}
