#include <utility>

#include "server/doors/frames/frames_door.h"

// The pace of posts.

namespace palabre::server {

void FramesDoor::set_poster(Session& session) {
  using Class = PostPace::Class;
  session.reach = outside_.reach(*session.link);
  session.is_exempt = outside_.is_exempt(*session.link);
  session.poster.ip = session.link->peer().ip_bytes();
  if (session.is_exempt) {
    session.poster.of = Class::kExempt;
  } else if (session.is_bot) {
    session.poster.of = Class::kBot;
  } else {
    session.poster.of = session.reach == Reach::kPublic ? Class::kPublic : Class::kLan;
  }
}

void FramesDoor::on(const chat::SetPace& effect) {
  const auto found = sessions_.find(effect.session);
  if (found == sessions_.end()) return;
  found->second.is_bot = effect.bot;
  set_poster(found->second);
}

/// Returns the post if it may go on now. Else the session holds it, and is not read from.
std::optional<chat::Command> FramesDoor::in_turn(chat::SessionId id, Session& session,
                                                 chat::Command post, Instant now) {
  if (posts_.take(id, session.poster, now)) {
    ++session.unanswered;
    ask_later(id, session);
    return post;
  }
  ++counts_.slowed;
  session.held = std::move(post);
  session.has_turn = false;
  if (!std::exchange(session.is_timed, true)) tell_slowed_.emplace_back(now + kTellSlowed, id);
  return std::nullopt;
}

void FramesDoor::give_turns(Instant now) {
  for (const chat::SessionId id : posts_.take_turns(now)) {
    Session& session = sessions_.at(id);
    session.has_turn = true;
    ask_later(id, session);
  }
}

void FramesDoor::tell_slowed(Instant now) {
  while (!tell_slowed_.empty() && tell_slowed_.front().first <= now) {
    const chat::SessionId id = tell_slowed_.front().second;
    tell_slowed_.pop_front();
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) continue;
    const auto wait = posts_.wait_of(id, now);
    found->second.is_timed = wait.has_value();
    if (!wait) continue;
    answer(id, found->second, wire::encode_slowed(wait->next, wait->every));
    tell_slowed_.emplace_back(now + kTellSlowed, id);
  }
}

}  // namespace palabre::server
