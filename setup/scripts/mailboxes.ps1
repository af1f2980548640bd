# Lets the application read the calendars of one group's members and of nobody
# else, with RBAC for Applications in Exchange Online.
#
#   ./mailboxes.ps1 -DryRun    tells what it would do and changes nothing
#   ./mailboxes.ps1            does it; may be run again, also for another group
#   ./mailboxes.ps1 -Undo      takes the roles and the scope away again
#
# A consent for the whole tenant and a role for a group add up: as long as the
# consent stands, every calendar can be read. So it is removed, once the role is
# there. Exchange keeps what it knew for 30 minutes to 2 hours; the table at the
# end shows what will hold, at once.
#
# Only direct members of the group count. Needs an Exchange Administrator who is
# also Privileged Role Administrator, or a Global Administrator, and the modules:
#
#   Install-Module ExchangeOnlineManagement -Scope CurrentUser
#   Install-Module Microsoft.Graph.Authentication, Microsoft.Graph.Applications -Scope CurrentUser

#Requires -Version 5.1
#Requires -Modules @{ ModuleName = 'ExchangeOnlineManagement'; ModuleVersion = '3.2.0' }
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Authentication'; ModuleVersion = '2.0.0' }
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Applications'; ModuleVersion = '2.0.0' }

param([switch]$DryRun, [switch]$Undo)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$tenant = {{powershell .Tenant}}
$client = {{powershell .Client}}
$group = {{powershell .Group}}
$inside = {{powershell .Inside}}
$outside = {{powershell .Outside}}
$environment = {{powershell .Cloud.Environment}}
$exchange = {{powershell .Cloud.Exchange}}
$resource = {{powershell .Resource}}
$scope = {{powershell .Scope}}
$roles = @({{range $i, $r := .Roles}}{{if $i}}, {{end}}{{powershell $r}}{{end}})
$consents = [ordered]@{ {{- range .Consents}}
    {{powershell .Name}} = {{powershell .ID}}{{end}}
}

# The tenant is the one asked for, in Entra ID and in Exchange alike.
Connect-MgGraph -TenantId $tenant -Environment $environment -NoWelcome -Scopes @(
    'Application.Read.All'
    'AppRoleAssignment.ReadWrite.All'
)
$tenantId = (Get-MgContext).TenantId
Connect-ExchangeOnline -ExchangeEnvironmentName $exchange -ShowBanner:$false
$connection = @(Get-ConnectionInformation | Where-Object { $_.State -eq 'Connected' })[-1]
if ($connection.TenantID -ne $tenantId) {
    throw 'Exchange Online is signed in to another tenant. Run Disconnect-ExchangeOnline and begin again.'
}

# The enterprise application: these are its ids, not those of the app registration.
$principal = Get-MgServicePrincipal -Filter ('appId eq ''{0}''' -f $client)
if (-not $principal) {
    throw 'The application is not in this tenant. Register it first.'
}

# Exchange knows the application by a pointer of its own.
$pointer = Get-ServicePrincipal | Where-Object { $_.AppId -eq $client }
$assigned = @()
if ($pointer) {
    $assigned = @(Get-ManagementRoleAssignment -RoleAssigneeType ServicePrincipal |
        Where-Object { $_.App -eq $pointer.ObjectId -or $_.RoleAssignee -eq $pointer.ObjectId })
}
$ours = @($assigned | Where-Object { $roles -contains $_.Role })

if ($Undo) {
    foreach ($assignment in $ours) {
        if ($DryRun) { Write-Host 'Would remove' $assignment.Name; continue }
        Write-Host 'Removing' $assignment.Name
        Remove-ManagementRoleAssignment -Identity $assignment.Name -Confirm:$false
    }
    if (Get-ManagementScope | Where-Object { $_.Name -eq $scope }) {
        if ($DryRun) { Write-Host 'Would remove the scope' $scope } else {
            Write-Host 'Removing the scope' $scope
            Remove-ManagementScope -Identity $scope -Confirm:$false
        }
    }
    Write-Host 'The consent for the whole tenant was not given back. Give it in Entra ID if all calendars are to be read.'
    return
}

# The group, by its distinguished name: only that can stand in the filter.
$found = Get-Recipient -Identity $group -RecipientTypeDetails MailUniversalDistributionGroup, MailUniversalSecurityGroup, GroupMailbox
$name = $found.DistinguishedName
$members = 'MemberOfGroup -eq ''{0}''' -f $name.Replace([string][char]39, [string][char]39 + [char]39)

if (-not $pointer) {
    if ($DryRun) { Write-Host 'Would make the application known to Exchange.' } else {
        Write-Host 'Making the application known to Exchange.'
        $pointer = New-ServicePrincipal -AppId $client -ObjectId $principal.Id -DisplayName $principal.DisplayName
    }
}

# The scope: the members of the group.
$existing = Get-ManagementScope | Where-Object { $_.Name -eq $scope }
if (-not $existing) {
    if ($DryRun) { Write-Host 'Would make the scope' $scope 'for' $found.DisplayName } else {
        Write-Host 'Making the scope' $scope 'for' $found.DisplayName
        $null = New-ManagementScope -Name $scope -RecipientRestrictionFilter $members
    }
} elseif ($existing.RecipientFilter -ne $members) {
    if ($DryRun) { Write-Host 'Would change the scope' $scope 'to' $found.DisplayName } else {
        Write-Host 'Changing the scope' $scope 'to' $found.DisplayName
        Set-ManagementScope -Identity $scope -RecipientRestrictionFilter $members
    }
} else {
    Write-Host 'The scope is there.'
}

# The roles, within the scope.
foreach ($role in $roles) {
    $same = @($ours | Where-Object { $_.Role -eq $role -and $_.CustomResourceScope -eq $scope })
    if ($same.Count -gt 0) { Write-Host 'The role' $role 'is there.'; continue }
    if ($DryRun) { Write-Host 'Would give the role' $role; continue }
    Write-Host 'Giving the role' $role
    $null = New-ManagementRoleAssignment -App $principal.Id -Role $role -CustomResourceScope $scope
}
$wide = @($ours | Where-Object { $_.CustomResourceScope -ne $scope })
foreach ($assignment in $wide) {
    Write-Warning ('The application also has {0} by {1}. It adds up; remove it if it should not.' -f $assignment.Role, $assignment.Name)
}

# The consent for the whole tenant, which would let it read everybody.
$graph = Get-MgServicePrincipal -Filter ('appId eq ''{0}''' -f $resource)
$given = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -All |
    Where-Object { $_.ResourceId -eq $graph.Id })
foreach ($permission in $consents.Keys) {
    foreach ($consent in @($given | Where-Object { $_.AppRoleId -eq $consents[$permission] })) {
        if ($DryRun) { Write-Host 'Would remove the consent to' $permission 'for the whole tenant'; continue }
        Write-Host 'Removing the consent to' $permission 'for the whole tenant'
        Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -AppRoleAssignmentId $consent.Id
    }
}

if ($DryRun) {
    Write-Host 'Nothing was changed.'
    return
}
foreach ($mailbox in @($inside, $outside | Where-Object { $_ })) {
    Write-Host ''
    Write-Host $mailbox
    Test-ServicePrincipalAuthorization -Identity $principal.Id -Resource $mailbox |
        Format-Table RoleName, GrantedPermissions, AllowedResourceScope, InScope | Out-Host
}
Write-Host 'Done. It can take two hours until Exchange goes by it.'
