{{if .Group -}}
# The scope: the direct members of the group, by its distinguished name.
$existing = @(Get-ManagementScope | Where-Object { $_.Name -eq $scope })
if (-not $Remove) {
    $found = @(Get-Group -Identity $group -ErrorAction Stop)
    if ($found.Count -ne 1) { throw 'There are several groups of that name. Give its address.' }
    $quote = [string][char]39
    $members = 'MemberOfGroup -eq ''{0}''' -f $found[0].DistinguishedName.Replace($quote, $quote + $quote)
    if ($existing.Count -eq 0) {
        if ($WhatIf) { Write-Host 'Would make the scope' $scope } else {
            $null = New-ManagementScope -Name $scope -RecipientRestrictionFilter $members -ErrorAction Stop
        }
    } elseif ([string]$existing[0].RecipientFilter -ne $members) {
        if ($WhatIf) { Write-Host 'Would change the scope' $scope } else {
            Set-ManagementScope -Identity $scope -RecipientRestrictionFilter $members -ErrorAction Stop
        }
    }
}

{{end -}}
# The role, under a name of its own; others that the account has are told.
$name = 'Telefonist ' + $account
$assigned = @()
if ($monitor) { $assigned = @(Get-ManagementRoleAssignment -Role $right -RoleAssignee $who -ErrorAction Stop) }
$ours = @($assigned | Where-Object { $_.Name -eq $name })
$others = @($assigned | Where-Object { $_.Name -ne $name })
foreach ($other in $others) { Write-Warning ('The account also has the role by {0}. It adds up; remove it if it should not.' -f $other.Name) }
$before = ''
if ($ours.Count -gt 0) { $before = 'everybody' }
if ($ours.Count -gt 0 -and $ours[0].CustomRecipientWriteScope) { $before = [string]$ours[0].CustomRecipientWriteScope }
$after = {{if .Group}}$scope{{else}}'everybody'{{end}}
if ($Remove) { $after = '' }
$result = 'there'
if ($before -ne $after) {
    $result = 'granted'
    if ($before) { $result = 'changed' }
    if ($Remove) { $result = 'removed' }
    if ($WhatIf) { $result = 'would be ' + $result } else {
        if ($before) { Remove-ManagementRoleAssignment -Identity $name -Confirm:$false -ErrorAction Stop }
        if ($after) { Invoke-Patiently { New-ManagementRoleAssignment -Name $name -Role $right -User $who{{if .Group}} -CustomRecipientWriteScope $scope{{end}} -ErrorAction Stop } }
    }
}
Add-Row $after 'role' $before $result ''
{{- if .Group}}
if ($Remove -and $existing.Count -gt 0) {
    if ($WhatIf) { Write-Host 'Would remove the scope' $scope } else { Remove-ManagementScope -Identity $scope -Confirm:$false -ErrorAction Stop }
}
{{- end}}
