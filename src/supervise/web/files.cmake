# SPDX-License-Identifier: MIT
# The page's files, as they are embedded in the program and served under /static/.
set(UT_WEB_FILES
  index.html icon.svg boot.js base.css wall.css pages.css
  figures.js app.js login.js api.js link.js model.js nodes.js settings.js i18n.js lang.js dom.js words.js
  lang_day.js lang_server.js lang_desk.js lang_know.js lang_acts.js lang_said.js lang_site.js said.js desk.js searches.js player.js place.js need.js quiet.js keys.js bulk.js notify.js access.js past.js shift.js drafts.js explain.js problem.js
  wall.js card.js order.js tray.js ring.js acts.js help.js own.js verdict.js
  call.js knowledge.js lines.js asked.js charts.js history.js outcome.js rules.js own_rules.js proposals.js sites.js system.js house.js table.js)
