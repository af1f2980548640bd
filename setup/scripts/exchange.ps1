# Lets Telefonist read the calendars on Exchange {{.Version}}: makes the account that
# it signs in with, and gives it {{.Says}}.
#
#   ./telefonist-exchange.ps1 -WhatIf    tells what it would do and changes nothing
#   ./telefonist-exchange.ps1            does it; may be run again
#   ./telefonist-exchange.ps1 -Remove    puts everything back as it was
#
# Each run leaves a report beside it, a CSV with a line for each right.
{{- if .Each}} A
# scheduled task runs it once a night with -Unattended and gives the right in
# mailboxes that are new; -NoTask leaves the task out, -TaskUser chooses who runs
# it. A right that somebody has taken away by hand is not given again at night.
{{- else}} New
# mailboxes are covered by themselves.
{{- end}}
#
# Run it in the Exchange Management Shell of an Exchange server, as administrator,
# by a member of {{.Role}}. The password of a new account is
# asked for and stands in no file.
{{if .New}}
#Requires -Version 2
{{end}}
param(
    [switch]$WhatIf,
    [switch]$Remove,
    [switch]$Unattended{{if .Each}},
    [switch]$NoTask,
    [string]$TaskUser = [Security.Principal.WindowsIdentity]::GetCurrent().Name{{end}}
)

$account = {{powershell .Account}}
$principal = {{powershell .Principal}}
{{- if .Unit}}
$unit = {{powershell .Unit}}
{{- end}}
{{- if or .Database (not .New)}}
$database = {{powershell .Database}}
{{- end}}
$group = {{powershell .Group}}
$right = {{powershell .Grants}}
$pasteAt = {{powershell .PasteAt}}
{{- if .Each}}
$self = $MyInvocation.MyCommand.Path
$task = 'Telefonist ' + $account
$place = Join-Path $env:ProgramFiles 'Telefonist'
$copy = Join-Path $place ($account + '.ps1')
$list = Join-Path $place ($account + '.txt')
{{- else}}
$scope = 'Telefonist ' + $account
{{- end}}

# The Exchange Management Shell, where this is not it already.
if (-not (Get-Command Get-Mailbox -ErrorAction SilentlyContinue)) {
{{- if .New}}
    . (Join-Path $env:ExchangeInstallPath 'bin\RemoteExchange.ps1')
    Connect-ExchangeServer -auto{{if .Application}} -ClientApplication:ManagementShell{{end}}
{{- else}}
    Add-PSSnapin Microsoft.Exchange.Management.PowerShell.Admin
{{- end}}
}
$ErrorActionPreference = 'Stop'

# Mailboxes of other domains of the forest are mailboxes too.
{{- if .New}}
Set-ADServerSettings -ViewEntireForest $true
{{- else}}
if ($AdminSessionADSettings) { $AdminSessionADSettings.ViewEntireForest = $true }
{{- end}}

# Does something and says whether it went well, else why not in $wrong.
$wrong = ''
function Test-Done([scriptblock]$Action) {
    $script:wrong = ''
    trap { $script:wrong = 'Failed: ' + $_.Exception.Message; continue }
    $null = & $Action
    $script:wrong -eq ''
}

# Does it again for a while where a domain controller has not yet heard of what was
# made a moment ago.
function Invoke-Patiently([scriptblock]$Action) {
    foreach ($pause in 2, 5, 15, 30) {
        if (Test-Done $Action) { return }
        Start-Sleep -Seconds $pause
    }
    $null = & $Action
}

# A line of the report.
$report = New-Object System.Collections.ArrayList
function Add-Row($Mailbox, $Where, $Before, $Result, $Trouble) {
    $row = New-Object PSObject
    $row | Add-Member NoteProperty Mailbox ([string]$Mailbox)
    $row | Add-Member NoteProperty Where ([string]$Where)
    $row | Add-Member NoteProperty Right $right
    $row | Add-Member NoteProperty Before ([string]$Before)
    $row | Add-Member NoteProperty Result $Result
    $row | Add-Member NoteProperty Trouble ([string]$Trouble)
    $null = $report.Add($row)
}

# The account. One that was there is left as it is.
$monitor = $null
$found = @(Get-Mailbox -Identity $account -ErrorAction SilentlyContinue)
if ($found.Count -gt 1) { throw 'There are several mailboxes of that name. Choose another with --user.' }
if ($found.Count -eq 1) {
    $monitor = $found[0]
    Write-Host 'Found the account' $monitor.UserPrincipalName
} elseif ($Unattended -or $Remove) {
    throw ('There is no mailbox {0}.' -f $account)
} elseif ($WhatIf) {
    Write-Host 'Would make the account' $account
} else {
    $password = Read-Host -Prompt ('Password for the new account ' + $account) -AsSecureString
    $again = Read-Host -Prompt 'Once more' -AsSecureString
    $typed = @($password, $again | ForEach-Object {
        (New-Object System.Management.Automation.PSCredential($account, $_)).GetNetworkCredential().Password })
    $same = $typed[0] -ceq $typed[1]
    $typed = $null
    if (-not $same) { throw 'The passwords differ. Nothing was changed.' }
    if (-not $principal) { $principal = '{0}@{1}' -f $account, $env:USERDNSDOMAIN.ToLower() }
{{- if not .New}}
    if (-not $database) {
        $all = @(Get-MailboxDatabase | Where-Object { -not $_.Recovery })
        if ($all.Count -eq 0) { throw 'There is no mailbox database. Name one with --database.' }
        $database = $all[0].DistinguishedName
    }
{{- end}}
    Write-Host 'Making the account' $principal
    $monitor = New-Mailbox -Name $account -Alias $account -SamAccountName $account -UserPrincipalName $principal{{if or .Database (not .New)}} -Database $database{{end}}{{if .Unit}} -OrganizationalUnit $unit{{end}} -Password $password -ResetPasswordOnNextLogon $false -ErrorAction Stop
    Invoke-Patiently { Set-Mailbox -Identity $principal -HiddenFromAddressListsEnabled $true -ErrorAction Stop }
    Invoke-Patiently { Set-CASMailbox -Identity $principal -OWAEnabled $false -ActiveSyncEnabled $false -PopEnabled $false -ImapEnabled $false -ErrorAction Stop }
{{- if .New}}
    if ((Get-Command Set-CASMailbox).Parameters.ContainsKey('EwsEnabled')) {
        Set-CASMailbox -Identity $principal -EwsEnabled $true -ErrorAction Stop
    }
{{- end}}
    Invoke-Patiently { Get-Mailbox -Identity $principal -ErrorAction Stop }
}
$who = $account
if ($monitor) { $who = [string]$monitor.UserPrincipalName }

{{if .Each}}{{template "exchange-each.ps1" .}}{{else}}{{template "exchange-role.ps1" .}}{{end}}
# The report, and what Telefonist asks for.
$file = 'telefonist-rights-{0}.csv' -f (Get-Date).ToString('yyyyMMdd-HHmmss')
{{- if .Each}}
if ($Unattended) { $file = Join-Path $place ($account + '-report.csv') }
{{- end}}
$report | Export-Csv -Path $file -NoTypeInformation -Encoding UTF8
$report | Group-Object Result | ForEach-Object { Write-Host ('{0,6} {1}' -f $_.Count, $_.Name) }
Write-Host 'The report is' $file
$failed = @($report | Where-Object { $_.Result -eq 'failed' })
foreach ($row in @($failed | Select-Object -First 10)) { Write-Warning ('{0}: {1}' -f $row.Mailbox, $row.Trouble) }

if ($WhatIf) {
    Write-Host 'Nothing was changed.'
} elseif ($Remove) {
    Write-Host 'The account stands. To remove it too: Remove-Mailbox' $who
} elseif (-not $Unattended) {
    Write-Host 'Paste these into Telefonist:' $pasteAt
    Write-Host '  User:' $who
    $columns = 'Server', 'ExternalUrl', 'InternalUrl', 'BasicAuthentication', 'WindowsAuthentication'{{if .New}}, 'ExtendedProtectionTokenChecking'{{end}}
    $shown = Test-Done {
        Get-WebServicesVirtualDirectory{{if .Application}} -ADPropertiesOnly{{end}} -ErrorAction Stop |
            Format-List $columns | Out-Host
    }
    if (-not $shown) { Write-Warning $wrong }
}
if ($failed.Count -gt 0) { exit 1 }
