# Registers an application in Microsoft Entra ID that may read the directory,
# with a certificate, and prints what to paste into Telefonist.
#
#   ./entra.ps1 -DryRun    tells what it would do and changes nothing
#   ./entra.ps1            does it; may be run again
#
# Needs a Global Administrator or Privileged Role Administrator, who gives the
# consent, and the modules:
#
#   Install-Module Microsoft.Graph.Authentication, Microsoft.Graph.Applications -Scope CurrentUser

#Requires -Version 5.1
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Authentication'; ModuleVersion = '2.0.0' }
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Applications'; ModuleVersion = '2.0.0' }

param([switch]$DryRun)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$name = {{powershell .Name}}
$filter = {{powershell .Filter}}
$tenant = {{powershell .Tenant}}
$pasteAt = {{powershell .PasteAt}}
$environment = {{powershell .Cloud.Environment}}
$resource = {{powershell .Resource}}
$certificate = [Convert]::FromBase64String({{powershell .DER}})
$thumbprint = {{powershell .Thumbprint}}
$permissions = [ordered]@{ {{- range .Permissions}}
    {{powershell .Name}} = {{powershell .ID}}{{end}}
}

# Does it again for a while where Entra ID has not yet heard of what was made a
# moment ago.
function Invoke-Patiently([scriptblock]$Action) {
    foreach ($pause in 2, 4, 8, 16) {
        try { return & $Action } catch { Write-Host 'Not yet; trying again in' $pause 's.' }
        Start-Sleep -Seconds $pause
    }
    & $Action
}

# The tenant is the one asked for, whoever is signed in elsewhere.
Connect-MgGraph -TenantId $tenant -Environment $environment -NoWelcome -Scopes @(
    'Application.ReadWrite.All'
    'AppRoleAssignment.ReadWrite.All'
)
$tenantId = (Get-MgContext).TenantId

# The application, found by its name or made.
$found = @(Get-MgApplication -Filter $filter -All)
if ($found.Count -gt 1) {
    throw 'There are several applications of that name. Rename all but one.'
}
$app = $null
if ($found.Count -eq 1) {
    $app = Get-MgApplication -ApplicationId $found[0].Id -Property 'id,appId,keyCredentials,requiredResourceAccess'
    Write-Host 'Found the application' $app.AppId
} elseif ($DryRun) {
    Write-Host 'Would make the application' $name
} else {
    Write-Host 'Making the application.'
    $app = New-MgApplication -DisplayName $name -SignInAudience 'AzureADMyOrg'
}

# The certificate, beside those that are there.
$keys = @()
if ($app) { $keys = @($app.KeyCredentials | Where-Object { $_ }) }
$known = @($keys | Where-Object {
    ($_.CustomKeyIdentifier -and [Convert]::ToBase64String($_.CustomKeyIdentifier) -eq $thumbprint) -or
    ($_.Key -and [Convert]::ToBase64String($_.Key) -eq [Convert]::ToBase64String($certificate))
})
if ($known.Count -gt 0) {
    Write-Host 'The certificate is there.'
} elseif ($DryRun) {
    Write-Host 'Would add the certificate; others stay.'
} else {
    Write-Host 'Adding the certificate; others stay.'
    $keys += @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate }
    Update-MgApplication -ApplicationId $app.Id -KeyCredentials $keys
}

# The permissions it asks for, beside those that are there.
$others = @()
$asked = @()
if ($app) {
    $others = @($app.RequiredResourceAccess | Where-Object { $_ -and $_.ResourceAppId -ne $resource })
    $asked = @($app.RequiredResourceAccess | Where-Object { $_ -and $_.ResourceAppId -eq $resource } |
        ForEach-Object { $_.ResourceAccess } | ForEach-Object { @{ Id = $_.Id; Type = $_.Type } })
}
$missing = @($permissions.Keys | Where-Object { @($asked | ForEach-Object { $_.Id }) -notcontains $permissions[$_] })
if ($missing.Count -gt 0) {
    if ($DryRun) {
        Write-Host 'Would ask for' ($missing -join ', ')
    } else {
        Write-Host 'Asking for' ($missing -join ', ')
        foreach ($permission in $missing) {
            $asked += @{ Id = $permissions[$permission]; Type = 'Role' }
        }
        $access = @($others) + @{ ResourceAppId = $resource; ResourceAccess = $asked }
        Update-MgApplication -ApplicationId $app.Id -RequiredResourceAccess $access
    }
}

# The consent: each permission given to the application's principal in this
# tenant, which is what the button Grant admin consent does.
$principal = $null
if ($app) {
    $principal = Get-MgServicePrincipal -Filter ('appId eq ''{0}''' -f $app.AppId)
}
if (-not $principal -and -not $DryRun) {
    Write-Host 'Making the service principal.'
    $principal = Invoke-Patiently { New-MgServicePrincipal -AppId $app.AppId }
}
$graph = Get-MgServicePrincipal -Filter ('appId eq ''{0}''' -f $resource)
$given = @()
if ($principal) {
    $given = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -All |
        Where-Object { $_.ResourceId -eq $graph.Id } | ForEach-Object { $_.AppRoleId })
}
foreach ($permission in $permissions.Keys) {
    $id = $permissions[$permission]
    if ($given -contains $id) { continue }
    if ($DryRun) {
        Write-Host 'Would consent to' $permission
        continue
    }
    Write-Host 'Consenting to' $permission
    $assignment = @{
        ServicePrincipalId = $principal.Id
        PrincipalId        = $principal.Id
        ResourceId         = $graph.Id
        AppRoleId          = $id
    }
    $null = Invoke-Patiently { New-MgServicePrincipalAppRoleAssignment @assignment }
}

if ($DryRun) {
    Write-Host 'Nothing was changed.'
    return
}
Write-Host ''
Write-Host 'Paste these into Telefonist:' $pasteAt
Write-Host '  Tenant ID:' $tenantId
Write-Host '  Client ID:' $app.AppId
