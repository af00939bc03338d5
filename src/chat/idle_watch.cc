#include "chat/idle_watch.h"

#include <algorithm>
#include <iterator>

namespace palabre::chat {

void IdleWatch::heard(SessionId session, Instant now) {
  const auto [known, is_new] = places_.try_emplace(session);
  Place& place = known->second;
  if (is_new) {
    unwarned_.push_back(Silence{session, now});
  } else {
    place.position->since = now;
    unwarned_.splice(unwarned_.end(), *place.list, place.position);
  }
  place = Place{&unwarned_, std::prev(unwarned_.end())};
}

void IdleWatch::forget(SessionId session) {
  const auto known = places_.find(session);
  if (known == places_.end()) return;
  known->second.list->erase(known->second.position);
  places_.erase(known);
}

IdleWatch::Due IdleWatch::due(Instant now) {
  Due due;
  const auto move_first = [this](Silences& from, Silences& to, std::vector<SessionId>& out) {
    const SessionId session = from.front().session;
    to.splice(to.end(), from, from.begin());
    places_.at(session).list = &to;
    out.push_back(session);
  };
  while (!unwarned_.empty() && unwarned_.front().since + warn_after_ <= now) {
    move_first(unwarned_, warned_, due.to_warn);
  }
  while (!warned_.empty() && warned_.front().since + give_up_after_ <= now) {
    move_first(warned_, given_up_, due.to_give_up);
  }
  return due;
}

std::optional<Instant> IdleWatch::next_due() const {
  std::optional<Instant> next;
  if (!unwarned_.empty()) next = unwarned_.front().since + warn_after_;
  if (!warned_.empty()) {
    const Instant give_up = warned_.front().since + give_up_after_;
    next = next ? std::min(*next, give_up) : give_up;
  }
  return next;
}

Duration IdleWatch::silent_for(SessionId session, Instant now) const {
  return now - places_.at(session).position->since;
}

}  // namespace palabre::chat
