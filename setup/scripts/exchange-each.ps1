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
} elseif ($self -and -not $Unattended -and -not $NoTask) {
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
