package m365

// outlookTemplates are the pages, plain forms without scripts.
const outlookTemplates = `
{{define "top"}}<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{with .Person}}{{.DisplayName}} – {{end}}{{say "outlook"}}</title>
<link rel="stylesheet" href="/outlook/style.css"></head><body>
<header><a class="brand" href="{{with .Tenant}}/outlook/{{.Domain}}{{else}}/outlook{{end}}">{{say "outlook"}}</a>
{{with .Tenant}}<span>{{.Name}}</span>{{end}}{{with .Other}}<a class="lang" href="{{.}}">{{say "language"}}</a>{{end}}</header>
<main>{{end}}

{{define "bottom"}}</main><footer>{{say "simulated"}}</footer></body></html>{{end}}

{{define "tenants"}}{{template "top" .}}<h1>{{say "tenants"}}</h1>
<ul class="people">{{range .Data}}<li><a href="/outlook/{{.Domain}}">{{.Name}}</a> <small>{{.Domain}}</small></li>{{end}}</ul>{{template "bottom" .}}{{end}}

{{define "people"}}{{template "top" .}}<h1>{{say "people"}}</h1>
<form class="bar" method="get" role="search"><label for="q">{{say "search-for"}}</label>
<input id="q" name="q" type="search" value="{{.Data.Asked}}" autofocus><button>{{say "search"}}</button></form>
<ul class="people">{{$domain := .Data.Domain}}{{range .Data.Found}}<li><a href="/outlook/{{$domain}}/{{.ID}}">{{.DisplayName}}</a>
<small>{{.JobTitle}}{{if and .JobTitle .Department}}, {{end}}{{.Department}}</small></li>{{else}}<li>{{say "nobody"}}</li>{{end}}</ul>
{{template "bottom" .}}{{end}}

{{define "closed"}}{{template "top" .}}<h1>{{.Person.DisplayName}}</h1><p class="problem">{{say (printf "closed-%s" .Data)}}</p>
<p><a href="/outlook/{{.Tenant.Domain}}">{{say "others"}}</a></p>{{template "bottom" .}}{{end}}

{{define "calendar"}}{{template "top" .}}{{$here := .Here}}{{$view := "day"}}{{if .Data.Week}}{{$view = "week"}}{{end}}
<h1>{{.Person.DisplayName}}</h1><p class="who">{{.Person.JobTitle}}{{if and .Person.JobTitle .Person.Department}}, {{end}}{{.Person.Department}}
<small>{{say "zone"}}: {{.Data.Zone}}. {{say "clock-now"}} {{.Data.Now}}.</small></p>
{{with .Data.Problem}}<p class="problem" role="alert"><strong>{{say "problem"}}.</strong> {{.}}</p>{{end}}
<nav class="bar"><a class="button" href="{{$here}}?view={{$view}}">{{say "today"}}</a>
<a class="button" href="{{$here}}?view={{$view}}&amp;day={{.Data.Prev}}" aria-label="{{say "previous"}}">‹</a>
<a class="button" href="{{$here}}?view={{$view}}&amp;day={{.Data.Next}}" aria-label="{{say "next"}}">›</a>
<a class="button" href="{{$here}}?view=day&amp;day={{.Data.Date}}"{{if not .Data.Week}} aria-current="page"{{end}}>{{say "day"}}</a>
<a class="button" href="{{$here}}?view=week&amp;day={{.Data.Date}}"{{if .Data.Week}} aria-current="page"{{end}}>{{say "week"}}</a>
<form method="get" action="{{$here}}"><input type="hidden" name="view" value="{{$view}}"><label for="day">{{say "to-day"}}</label>
<input id="day" type="date" name="day" value="{{.Data.Date}}"><button>{{say "go"}}</button></form>
<a class="button primary" href="{{$here}}/new?day={{.Data.Date}}">{{say "new"}}</a></nav>
<form class="bar now" method="post" action="{{$here}}/now"><input type="hidden" name="view" value="{{$view}}">
<label for="now">{{say "now-heading"}}</label><input id="now" name="subject" placeholder="{{say "now-subject"}}" maxlength="255">
<button name="for" value="30m">{{say "now-30"}}</button><button name="for" value="60m">{{say "now-60"}}</button></form>
{{range .Data.Days}}<section class="day{{if .Today}} today{{end}}"><h2 id="d{{.Date}}">{{.Name}}</h2>
{{if .Rows}}<ul class="events">{{range .Rows}}<li class="event {{.ShowAs}}{{if .Cancelled}} off{{end}}{{if .Past}} past{{end}}{{if .Now}} current{{end}}">
<span class="time">{{if .AllDay}}{{say "allday"}}{{else}}{{.From}}–{{.To}}{{end}}</span>
<div class="what"><a href="{{.Link}}">{{if .Subject}}{{.Subject}}{{else}}{{say "no-subject"}}{{end}}</a>
{{template "marks" .}}</div>{{template "buttons" (wrap $here $view .)}}</li>{{end}}</ul>{{else}}<p class="empty">{{say "empty"}}</p>{{end}}</section>{{end}}
{{template "replies" .}}{{template "bottom" .}}{{end}}

{{define "marks"}}<span class="marks"><span class="as">{{say .ShowAs}}</span>{{if .Now}}<span class="tag live">{{say "now"}}</span>{{end}}
{{if .Cancelled}}<span class="tag">{{say "cancelled"}}</span>{{end}}{{if ne .Sensitivity "normal"}}<span class="tag">{{say .Sensitivity}}</span>{{end}}
{{if .Series}}<span class="tag">{{say "series"}}</span>{{end}}{{range .Categories}}<span class="tag category">{{.}}</span>{{end}}
{{with .Location}}<span>{{.}}</span>{{end}}{{with .Organized}}<span>{{say "organizer"}} {{.}}</span>{{end}}
{{if not .Mine}}<span>{{say "answer"}}: {{say .Response}}</span>{{end}}
{{if .People}}<details><summary>{{say "invited"}}: {{len .People}}</summary><ul>{{range .People}}<li>{{.Name}}{{with .Response}} <small>{{say .}}</small>{{end}}</li>{{end}}</ul></details>{{end}}</span>{{end}}

{{define "buttons"}}<form class="buttons" method="post" action="{{.Here}}/event"><input type="hidden" name="id" value="{{.Row.ID}}"><input type="hidden" name="view" value="{{.View}}">
{{with .Row}}{{if .Mine}}{{if not .AllDay}}<button name="do" value="earlier">{{say "earlier"}}</button><button name="do" value="later">{{say "later"}}</button>
{{if .Now}}<button name="do" value="end">{{say "end"}}</button>{{end}}{{end}}
<button class="danger" name="do" value="delete">{{if .People}}{{say "cancel"}}{{else}}{{say "delete"}}{{end}}</button>
{{else if .Cancelled}}<button class="danger" name="do" value="delete">{{say "delete"}}</button>
{{else if not .Past}}{{if ne .Response "accepted"}}<button name="do" value="accepted">{{say "accept"}}</button>{{end}}
{{if ne .Response "tentativelyAccepted"}}<button name="do" value="tentativelyAccepted">{{say "maybe"}}</button>{{end}}
{{if ne .Response "declined"}}<button name="do" value="declined">{{say "decline"}}</button>{{end}}{{end}}{{end}}</form>{{end}}

{{define "replies"}}{{with .Data.Replies}}<section class="card"><details{{if .Something}} open{{end}}><summary><h2>{{say "replies"}}: {{if .Something}}{{say "replies-on"}}{{else}}{{say "replies-off"}}{{end}}</h2></summary>
<form class="fields" method="post" action="{{$.Here}}/replies">
<fieldset><legend>{{say "replies"}}</legend>
<label><input type="radio" name="status" value="disabled"{{if not .Something}} checked{{end}}> {{say "replies-disabled"}}</label>
<label><input type="radio" name="status" value="alwaysEnabled"{{if .Always}} checked{{end}}> {{say "replies-always"}}</label>
<label><input type="radio" name="status" value="scheduled"{{if .Scheduled}} checked{{end}}> {{say "replies-scheduled"}}</label></fieldset>
<div class="pair"><label for="rfd">{{say "from"}}</label><input id="rfd" type="date" name="fromdate" value="{{.FromDate}}"><input type="time" name="fromtime" step="1" value="{{.FromTime}}" aria-label="{{say "from"}} {{say "clock"}}"></div>
<div class="pair"><label for="rtd">{{say "to"}}</label><input id="rtd" type="date" name="todate" value="{{.ToDate}}"><input type="time" name="totime" step="1" value="{{.ToTime}}" aria-label="{{say "to"}} {{say "clock"}}"></div>
<label for="rtext">{{say "text"}}</label><textarea id="rtext" name="text" rows="3">{{.Text}}</textarea>
<p><button class="primary">{{say "save"}}</button></p></form></details></section>{{end}}{{end}}

{{define "form"}}{{template "top" .}}{{$here := .Here}}{{with .Data}}{{$mine := true}}{{$single := true}}{{with .Row}}{{$mine = .Mine}}{{$single = not .Master}}{{end}}
<p><a href="{{$here}}?day={{.FromDate}}">‹ {{$.Person.DisplayName}}</a></p>
<h1>{{if .ID}}{{if .Subject}}{{.Subject}}{{else}}{{say "no-subject"}}{{end}}{{else}}{{say "new"}}{{end}}</h1>
{{with .Problem}}<p class="problem" role="alert"><strong>{{say "problem"}}.</strong> {{.}}</p>{{end}}
{{with .Row}}<p class="who">{{template "marks" .}}</p>{{if not .Mine}}<p class="note">{{say "guest-note"}}</p>{{else if .Master}}<p class="note">{{say "occurrence-note"}}</p>{{end}}{{end}}
<form class="fields card" method="post" action="{{$here}}/{{if .ID}}event{{else}}new{{end}}"><input type="hidden" name="id" value="{{.ID}}">
<button class="hidden" name="do" value="enter" tabindex="-1" aria-hidden="true">{{say "save"}}</button>
{{if $mine}}<label for="subject">{{say "subject"}}</label><input id="subject" name="subject" value="{{.Subject}}" maxlength="255"{{if not .ID}} autofocus{{end}}>
<label for="location">{{say "location"}}</label><input id="location" name="location" value="{{.Location}}">
<div class="pair"><label for="fromdate">{{say "from"}}</label><input id="fromdate" type="date" name="fromdate" value="{{.FromDate}}" required><input type="time" name="fromtime" step="1" value="{{.FromTime}}" aria-label="{{say "from"}} {{say "clock"}}"></div>
<div class="pair"><label for="todate">{{say "to"}}</label><input id="todate" type="date" name="todate" value="{{.ToDate}}" required><input type="time" name="totime" step="1" value="{{.ToTime}}" aria-label="{{say "to"}} {{say "clock"}}"></div>
<label><input type="checkbox" name="allday" value="1"{{if .AllDay}} checked{{end}}> {{say "allday"}}</label>{{end}}
<label for="showas">{{say "showas"}}</label><select id="showas" name="showas">{{$as := .ShowAs}}{{$listed := false}}{{range .Shows}}{{if eq . $as}}{{$listed = true}}{{end}}<option value="{{.}}"{{if eq . $as}} selected{{end}}>{{say .}}</option>{{end}}{{if not $listed}}<option value="{{$as}}" selected>{{say $as}}</option>{{end}}</select>
<label><input type="checkbox" name="private" value="1"{{if .Private}} checked{{end}}> {{say "private"}}</label>
<label for="categories">{{say "categories"}} <small>{{say "categories-hint"}}</small></label><input id="categories" name="categories" value="{{.Categories}}" list="known"><datalist id="known"><option>Kundbesök<option>Semester</datalist>
{{if and $mine $single}}<fieldset><legend>{{say "invited"}}</legend>{{range .Invited}}<label><input type="checkbox" name="invite" value="{{.Address}}" checked> {{.Name}}{{with .Response}} <small>{{say .}}</small>{{end}}</label>{{end}}
{{with .Found}}<p class="note">{{say "find-again"}}</p>{{range .}}<label><input type="checkbox" name="invite" value="{{.Address}}"> {{.Name}}</label>{{end}}{{end}}
{{if .Nobody}}<p class="note">{{say "nobody"}}</p>{{end}}
<div class="pair"><label for="find">{{say "invite"}}</label><input id="find" name="find" type="search" value="{{.Find}}" placeholder="{{say "search-for"}}"><button name="do" value="find" formnovalidate>{{say "find"}}</button></div></fieldset>{{end}}
<p><button class="primary" name="do" value="save">{{if .Invited}}{{say "send"}}{{else}}{{say "save"}}{{end}}</button> <a class="button" href="{{$here}}?day={{.FromDate}}">{{say "cancel-edit"}}</a></p></form>
{{with .Row}}<section class="card actions">{{template "buttons" (wrap $here "day" .)}}
{{if .Mine}}<form class="buttons" method="post" action="{{$here}}/event"><input type="hidden" name="id" value="{{.ID}}">{{if not .AllDay}}<button name="do" value="longer">{{say "longer"}}</button>{{end}}{{if .Master}}<button class="danger" name="do" value="delete-series">{{say "delete-series"}}</button>{{end}}</form>{{end}}</section>{{end}}
{{end}}{{template "bottom" .}}{{end}}
`
