# The ten rules of bench/subject.mjs, for @ai-sdk/policy-opa. A denial wins, and what no rule names is denied.
package agent.call

default decision := {"decision": "deny", "reason": "no rule allows this tool"}

decision := {"decision": "deny", "reason": reason} if {
	some reason in deny
} else := {"decision": "allow"} if allow

allow if input.tool.name == "search"

allow if startswith(input.tool.name, "crm.")

allow if startswith(input.tool.name, "calendar.")

allow if input.tool.name == "create_ticket"

allow if startswith(input.tool.name, "mail.")

allow if startswith(input.tool.name, "orders.")

allow if startswith(input.tool.name, "files.")

deny contains "mass mail is not allowed" if input.tool.name == "mail.broadcast"

deny contains "files are not deleted by agents" if input.tool.name == "files.delete"

deny contains "nobody wipes anything" if startswith(input.tool.name, "admin.")
