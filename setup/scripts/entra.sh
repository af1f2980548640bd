#!/usr/bin/env bash
# Registers an application in Microsoft Entra ID that may read the directory,
# with a certificate, and prints what to paste into Telefonist.
#
#   bash entra.sh --dry-run    tells what it would do and changes nothing
#   bash entra.sh              does it; may be run again
#
# Needs the Azure CLI (az) and a Global Administrator or Privileged Role
# Administrator, who gives the consent. Azure Cloud Shell has all of it.
set -euo pipefail

name={{bash .Name}}
filter={{bash .Filter}}
tenant={{bash .Tenant}}
paste_at={{bash .PasteAt}}
cloud={{bash .Cloud.Azure}}
graph={{bash .Cloud.Graph}}
resource={{bash .Resource}}
certificate={{bash .PEM}}
certificate_der={{bash .DER}}
certificate_thumbprint={{bash .Thumbprint}}
permissions=({{range .Permissions}}
  {{.ID}} # {{.Name}}{{end}}
)

dry_run=false
case "${1-}" in
  '') ;;
  --dry-run) dry_run=true ;;
  *) echo 'usage: entra.sh [--dry-run]' >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*" >&2; }

# run does something that changes the tenant, or says that it would.
run() {
  if $dry_run; then
    { printf 'would run:'; printf ' %q' "$@"; printf '\n'; } >&2
  else
    "$@"
  fi
}

# run_patiently does it again for a while where Entra ID has not yet heard of what
# was made a moment ago.
run_patiently() {
  local pause
  if ! $dry_run; then
    for pause in 2 4 8 16; do
      "$@" && return
      say "Not yet; trying again in $pause s."
      sleep "$pause"
    done
  fi
  run "$@"
}

# has tells whether one line of the text is exactly one of the words.
has() {
  local text=$1 word
  shift
  for word in "$@"; do
    if grep -Fxq -e "$word" <<<"$text"; then
      return 0
    fi
  done
  return 1
}

# sign_in makes sure that az works in the right cloud and tenant, no other.
sign_in() {
  if [ "$(az cloud show --query name --output tsv)" != "$cloud" ]; then
    say "az works in another cloud. Run first: az cloud set --name $cloud"
    exit 1
  fi
  if ! az account show --output none 2>/dev/null; then
    az login --tenant="$tenant" --allow-no-subscriptions --output none
  fi
  local here domains=''
  here=$(az account show --query tenantId --output tsv)
  if [ "${here,,}" != "${tenant,,}" ]; then
    domains=$(az rest --method get --url "$graph/v1.0/organization" \
      --query 'value[].verifiedDomains[].name' --output tsv)
    if ! has "${domains,,}" "${tenant,,}"; then
      say "You are signed in to the tenant $here, not to $tenant. Run first:"
      say "az login --allow-no-subscriptions --tenant=$(printf %q "$tenant")"
      exit 1
    fi
  fi
  tenant_id=$here
}

# application finds the application by its name or makes it: app_id.
application() {
  app_id=$(az ad app list --filter "$filter" --query '[].appId' --output tsv)
  if [ "$(printf '%s' "$app_id" | grep -c .)" -gt 1 ]; then
    say "There are several applications of that name. Rename all but one."
    exit 1
  fi
  if [ -n "$app_id" ]; then
    say "Found the application $app_id."
    return
  fi
  say 'Making the application.'
  app_id=$(run az ad app create --display-name="$name" --sign-in-audience AzureADMyOrg \
    --query appId --output tsv)
}

add_certificate() {
  local keys=''
  if [ -n "$app_id" ]; then
    keys=$(az rest --method get \
      --url "$graph/v1.0/applications(appId='$app_id')?\$select=keyCredentials" \
      --query 'keyCredentials[].[key,customKeyIdentifier][]' --output tsv)
  fi
  if has "$keys" "$certificate_der" "$certificate_thumbprint"; then
    say 'The certificate is there.'
    return
  fi
  say 'Adding the certificate; others stay.'
  run az ad app credential reset --id "$app_id" --append --cert="$certificate" --output none
}

add_permissions() {
  local had='' id
  if [ -n "$app_id" ]; then
    had=$(az ad app permission list --id "$app_id" \
      --query "[?resourceAppId=='$resource'].resourceAccess[].id" --output tsv)
  fi
  for id in "${permissions[@]}"; do
    if has "$had" "$id"; then
      continue
    fi
    say "Asking for the permission $id."
    run az ad app permission add --id "$app_id" --api "$resource" \
      --api-permissions "$id=Role" --output none
  done
}

# consent gives each permission to the application's principal in this tenant,
# which is what the button Grant admin consent does.
consent() {
  local principal='' graph_principal given='' id
  if [ -n "$app_id" ]; then
    principal=$(az ad sp list --filter "appId eq '$app_id'" --query '[].id' --output tsv)
  fi
  if [ -z "$principal" ]; then
    say 'Making the service principal.'
    principal=$(run_patiently az ad sp create --id "$app_id" --query id --output tsv)
  fi
  graph_principal=$(az ad sp list --filter "appId eq '$resource'" --query '[].id' --output tsv)
  if [ -n "$principal" ]; then
    given=$(az rest --method get --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignments" \
      --query "value[?resourceId=='$graph_principal'].appRoleId" --output tsv)
  fi
  for id in "${permissions[@]}"; do
    if has "$given" "$id"; then
      continue
    fi
    say "Consenting to the permission $id."
    run_patiently az rest --method post --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignments" \
      --headers 'Content-Type=application/json' --output none \
      --body "{\"principalId\":\"$principal\",\"resourceId\":\"$graph_principal\",\"appRoleId\":\"$id\"}"
  done
}

sign_in
application
add_certificate
add_permissions
consent

if $dry_run; then
  say 'Nothing was changed.'
  exit 0
fi
if [ -n "$paste_at" ]; then
  printf 'Paste these into Telefonist, %s:\n' "$paste_at"
else
  printf 'Paste these into Telefonist:\n'
fi
printf '  Tenant ID: %s\n  Client ID: %s\n' "$tenant_id" "$app_id"
