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
    $null = New-Mailbox -Name $account -Alias $account -SamAccountName $account -UserPrincipalName $principal{{if or .Database (not .New)}} -Database $database{{end}}{{if .Unit}} -OrganizationalUnit $unit{{end}} -Password $password -ResetPasswordOnNextLogon $false -ErrorAction Stop
    Invoke-Patiently { Set-Mailbox -Identity $principal -HiddenFromAddressListsEnabled $true -ErrorAction Stop }
    Invoke-Patiently { Set-CASMailbox -Identity $principal -OWAEnabled $false -ActiveSyncEnabled $false -PopEnabled $false -ImapEnabled $false -ErrorAction Stop }
{{- if .New}}
    if ((Get-Command Set-CASMailbox).Parameters.ContainsKey('EwsEnabled')) {
        Set-CASMailbox -Identity $principal -EwsEnabled $true -ErrorAction Stop
    }
{{- end}}
    $monitor = Get-Mailbox -Identity $principal -ErrorAction Stop
}
$who = $account
if ($monitor) { $who = [string]$monitor.UserPrincipalName }
{{if .Each}}{{template "each" .}}{{else}}{{template "role" .}}{{end}}
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
{{- define "each"}}
# The mailboxes that the right is wanted in.
function Get-Wanted {
{{- if .Group}}
    $seen = @{}
    $open = @($group)
    while ($open.Count -gt 0) {
        $next = @()
        foreach ($one in $open) {
            foreach ($member in @(Get-DistributionGroupMember -Identity $one -ResultSize Unlimited -ErrorAction Stop)) {
                $name = [string]$member.DistinguishedName
                if ($seen.ContainsKey($name)) { continue }
                $seen[$name] = $true
                if ([string]$member.RecipientType -like 'Mail*Group') { $next += $name }
                if ([string]$member.RecipientType -eq 'UserMailbox') { Get-Mailbox -Identity $name -ErrorAction Stop }
            }
        }
        $open = $next
    }
{{- else}}
    Get-Mailbox -ResultSize Unlimited -ErrorAction Stop
{{- end}}
}

# What was given before, by the mailbox's GUID: the right that the account had until
# then, which -Remove gives back.
$given = @{}
if (Test-Path $list) {
    foreach ($line in @(Get-Content $list)) {
        $part = $line.Split(',')
        $given[$part[0]] = $part[1]
    }
}
{{if eq .Kind "folder"}}
# The calendar by the name that it has in this mailbox: Kalender, Agenda, Calendrier.
function Get-Place($Mailbox) {
    $all = @(Get-MailboxFolderStatistics -Identity $Mailbox.DistinguishedName -FolderScope Calendar -ErrorAction Stop)
    if ($all.Count -eq 0) { throw 'There is no calendar yet: nobody has opened the mailbox.' }
    $calendar = @($all | Where-Object { [string]$_.FolderType -eq 'Calendar' }) + $all
    '{0}:\{1}' -f $Mailbox.PrimarySmtpAddress, $calendar[0].Name
}

function Get-Right($Mailbox, $Where) {
    $script:had = @()
    $null = Test-Done { $script:had = @(Get-MailboxFolderPermission -Identity $Where -User $who -ErrorAction Stop) }
    $script:wrong = '' # there is no entry yet, or giving the right says what else it is
    if ($script:had.Count -gt 0) { ([string]$script:had[0].AccessRights).Replace(',', '') } else { '' }
}

# Gives it, or changes the entry that is there. Nobody else's is touched.
function Add-Right($Mailbox, $Where, $Before) {
    if (-not $Before) {
        if (Test-Done { Add-MailboxFolderPermission -Identity $Where -User $who -AccessRights $right -ErrorAction Stop }) { return }
        $first = $script:wrong
        if (Test-Done { Set-MailboxFolderPermission -Identity $Where -User $who -AccessRights $right -ErrorAction Stop }) { return }
        throw $first
    }
    $null = Set-MailboxFolderPermission -Identity $Where -User $who -AccessRights $right -ErrorAction Stop
}

function Undo-Right($Mailbox, $Where, $Before) {
    if ($Before) {
        $null = Set-MailboxFolderPermission -Identity $Where -User $who -AccessRights $Before.Split(' ') -ErrorAction Stop
    } else {
        $null = Remove-MailboxFolderPermission -Identity $Where -User $who -Confirm:$false -ErrorAction Stop
    }
}
{{else if eq .Kind "full"}}
function Get-Place($Mailbox) { [string]$Mailbox.PrimarySmtpAddress }

function Get-Right($Mailbox, $Where) {
    $had = @(Get-MailboxPermission -Identity $Mailbox.DistinguishedName -User $who -ErrorAction SilentlyContinue |
        Where-Object { -not $_.IsInherited -and -not $_.Deny -and [string]$_.AccessRights -like '*FullAccess*' })
    if ($had.Count -gt 0) { $right } else { '' }
}

function Add-Right($Mailbox, $Where, $Before) {
{{- if .New}}
    if ((Get-Command Add-MailboxPermission).Parameters.ContainsKey('AutoMapping')) {
        $null = Add-MailboxPermission -Identity $Mailbox.DistinguishedName -User $who -AccessRights $right -InheritanceType All -AutoMapping $false -ErrorAction Stop
        return
    }
{{- end}}
    $null = Add-MailboxPermission -Identity $Mailbox.DistinguishedName -User $who -AccessRights $right -InheritanceType All -ErrorAction Stop
}

function Undo-Right($Mailbox, $Where, $Before) {
    $null = Remove-MailboxPermission -Identity $Mailbox.DistinguishedName -User $who -AccessRights $right -InheritanceType All -Confirm:$false -ErrorAction Stop
}
{{else}}
function Get-Place($Mailbox) { [string]$Mailbox.PrimarySmtpAddress }

# An extended right of Active Directory, on a server or on a mailbox's user.
function Get-Extended($Name, $Which) {
    @(Get-ADPermission -Identity $Name -User $who -ErrorAction SilentlyContinue |
        Where-Object { -not $_.IsInherited -and -not $_.Deny -and [string]$_.ExtendedRights -like ('*' + $Which + '*') })
}

function Get-Right($Mailbox, $Where) {
    if (@(Get-Extended $Mailbox.DistinguishedName $right).Count -gt 0) { $right } else { '' }
}

function Add-Right($Mailbox, $Where, $Before) {
    $null = Add-ADPermission -Identity $Mailbox.DistinguishedName -User $who -ExtendedRights $right -ErrorAction Stop
}

function Undo-Right($Mailbox, $Where, $Before) {
    $null = Remove-ADPermission -Identity $Mailbox.DistinguishedName -User $who -ExtendedRights $right -Confirm:$false -ErrorAction Stop
}
{{end}}
# Gives the right in one mailbox.
function Grant-One($Mailbox, $Id) {
    $script:where = Get-Place $Mailbox
    $script:before = ''
    if ($monitor) { $script:before = Get-Right $Mailbox $script:where }
    $script:result = 'there'
    if ($script:before -eq $right) {
        if (-not $WhatIf -and -not $given.ContainsKey($Id)) { Save-Given $Id $script:before }
        return
    }
    $script:result = 'granted'
    if ($script:before) { $script:result = 'changed' }
    if ($WhatIf) { $script:result = 'would be ' + $script:result; return }
    Add-Right $Mailbox $script:where $script:before
    if (-not $given.ContainsKey($Id)) { Save-Given $Id $script:before }
}

function Save-Given($Id, $Before) {
    $given[$Id] = $Before
    Add-Content -Path $list -Value ('{0},{1}' -f $Id, $Before)
}

# Puts one mailbox back as it was.
function Restore-One($Mailbox, $Id) {
    $script:where = Get-Place $Mailbox
    $script:before = Get-Right $Mailbox $script:where
    $old = $given[$Id]
    $script:result = 'left' # somebody has changed it since, or it was so before
    if ($script:before -ne $right -or $old -eq $right) { return }
    $script:result = 'removed'
    if ($old) { $script:result = 'put back' }
    if ($WhatIf) { $script:result = 'would be ' + $script:result; return }
    Undo-Right $Mailbox $script:where $old
}

# Does one of the two and writes the line of the report.
function Step-One([string]$Which, $Mailbox, $Id) {
    $script:where = ''
    $script:before = ''
    $script:result = ''
    $done = Test-Done { if ($Which -eq 'restore') { Restore-One $Mailbox $Id } else { Grant-One $Mailbox $Id } }
    if (-not $done) { $script:result = 'failed' }
    Add-Row $Mailbox.PrimarySmtpAddress $script:where $script:before $script:result $script:wrong
}

if (-not $WhatIf -and -not (Test-Path $place)) { $null = New-Item -Path $place -ItemType Directory }
{{- if eq .Kind "extended"}}

# The right to impersonate at all, on each server that answers. It is the account's
# alone; members of administrators' groups are denied it whatever is given here.
$servers = @()
if ($monitor) { $servers = @(Get-ExchangeServer | Where-Object { $_.IsClientAccessServer }) }
foreach ($server in $servers) {
    $name = [string]$server.DistinguishedName
    $id = 'server:' + [string]$server.Guid
    $has = @(Get-Extended $name 'ms-Exch-EPI-Impersonation').Count -gt 0
    if ($has -ne [bool]$Remove -or ($Remove -and -not $given.ContainsKey($id))) { continue }
    $result = 'granted'
    if ($Remove) { $result = 'removed' }
    if ($WhatIf) { $result = 'would be ' + $result } elseif ($Remove) {
        $null = Remove-ADPermission -Identity $name -User $who -ExtendedRights 'ms-Exch-EPI-Impersonation' -Confirm:$false -ErrorAction Stop
    } else {
        $null = Add-ADPermission -Identity $name -User $who -ExtendedRights 'ms-Exch-EPI-Impersonation' -ErrorAction Stop
        Save-Given $id ''
    }
    Add-Row $server.Name 'server' '' $result ''
}
{{- end}}

# All are fetched before the first is changed: a pipeline of the Exchange Management
# Shell runs no other inside it.
$kinds = 'UserMailbox', 'LinkedMailbox'
$wanted = @()
if (-not $Remove) {
    $wanted = @(Get-Wanted | Where-Object { $kinds -contains [string]$_.RecipientTypeDetails })
    if ($wanted.Count -eq 0) { throw 'There is no mailbox to give the right in.' }
}
$ids = @{}
$count = 0
foreach ($mailbox in $wanted) {
    $id = [string]$mailbox.Guid
    $ids[$id] = $true
    $count += 1
    if (-not $Unattended) { Write-Progress -Activity $right -Status ([string]$mailbox.PrimarySmtpAddress) -PercentComplete (100 * $count / $wanted.Count) }
    if ($monitor -and $mailbox.DistinguishedName -eq $monitor.DistinguishedName) { continue }
    if ($Unattended -and $given.ContainsKey($id)) { continue }
    Step-One 'grant' $mailbox $id
}

# {{if .Group}}Whoever has left the group, and all at -Remove{{else}}All at -Remove{{end}}.
$leavers = @()
{{- if .Group}}
$leavers = @($given.Keys | Where-Object { $_ -notlike 'server:*' -and -not $ids.ContainsKey($_) })
{{- else}}
if ($Remove) { $leavers = @($given.Keys | Where-Object { $_ -notlike 'server:*' }) }
{{- end}}
$kept = @()
foreach ($id in $leavers) {
    $mailbox = Get-Mailbox -Identity $id -ErrorAction SilentlyContinue
    if ($mailbox) {
        Step-One 'restore' $mailbox $id
        if ($script:result -eq 'failed') { $kept += $id }
    }
}
if ($leavers.Count -gt 0 -and -not $WhatIf) {
    $lines = @($given.Keys | Where-Object { $leavers -notcontains $_ -or $kept -contains $_ } | ForEach-Object { '{0},{1}' -f $_, $given[$_] })
    Set-Content -Path $list -Value $lines
}

# The task. The script goes where administrators alone can change it.
if ($Remove) {
    if ($WhatIf) { Write-Host 'Would remove the task' $task } else {
        $null = Test-Done { & schtasks.exe /Delete /TN $task /F 2>&1 }
        if ($kept.Count -eq 0) { Remove-Item -Path $copy, $list -ErrorAction SilentlyContinue }
    }
} elseif (-not $Unattended -and -not $NoTask) {
    if ($WhatIf) { Write-Host 'Would make the task' $task } else {
        if ($self -ne $copy) { Set-Content -Path $copy -Value (Get-Content -Path $self) -Encoding ASCII }
        $run = 'powershell.exe -NoProfile{{if .New}} -ExecutionPolicy RemoteSigned{{end}} -Command & ''{0}'' -Unattended' -f $copy
        $arguments = @('/Create', '/TN', $task, '/SC', 'DAILY', '/ST', '02:30', '/RU', $TaskUser, '/RP', '*', '/TR', $run)
        if ([Environment]::OSVersion.Version.Major -ge 6) { $arguments += '/RL', 'HIGHEST' }
        $null = Test-Done { & schtasks.exe /Delete /TN $task /F 2>&1 }
        Write-Host 'Windows asks for the password of' $TaskUser 'to run the task with.'
        & schtasks.exe $arguments
        if ($LASTEXITCODE -ne 0) { Write-Warning 'The task was not made: new mailboxes get the right when this is run again.' }
    }
}
{{end}}
{{- define "role"}}
{{- if .Group}}
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
{{end}}
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
{{end}}
