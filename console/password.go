package console

func showPassword(p *page) error {
	if err := p.openPlaces(); err != nil {
		return err
	}
	return p.ok(p.passwordPage(nil))
}

func changePassword(p *page) error {
	if err := p.openPlaces(); err != nil {
		return err
	}
	fresh := p.r.FormValue("password")
	if fresh != p.r.FormValue("repeat") {
		return p.again(p.passwordPage(wrongs{"repeat": p.T("invalid.repeat")}))
	}
	err := p.c.Desk.As(p.actor).ChangePassword(p.ctx(), p.r.FormValue("old"), fresh)
	if said, ok := p.refused(err); ok {
		return p.again(p.passwordPage(said))
	}
	if err != nil {
		return err
	}
	// Every session of the old password is over, this one too.
	actor, err := p.c.Desk.SignIn(p.ctx(), p.actor.ID, fresh, p.c.from(p.r))
	if err != nil {
		return err
	}
	p.say(good, "password.changed")
	return p.begin(actor, "/")
}
