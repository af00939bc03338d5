#include "model.h"

#include <utility>

namespace palabre::sim {

void Model::heard(const std::string& from, const Action& action, Instant now) {
  let_the_silent_go(now);
  if (!online_.contains(from)) {
    if (action.kind == Action::Kind::kNothing || online_.size() >= limits_.guests) return;
    Guest guest;
    if (const auto left = absent_.find(from); left != absent_.end()) {
      const bool remembered = left->second.last_heard + limits_.remember_absent > now;
      if (remembered) guest = left->second;
      absent_.erase(left);
    }
    const std::string nick = std::exchange(guest.nick, "");
    online_[from] = guest;
    take_nick(from, nick);
  }
  Guest& guest = online_[from];
  guest.last_heard = now;
  switch (action.kind) {
    case Action::Kind::kSay:
      say(from, action.word);
      break;
    case Action::Kind::kJoin:
      guest.room = action.word;
      break;
    case Action::Kind::kNick:
      take_nick(from, action.word);
      break;
    case Action::Kind::kNickThenSay:
      if (take_nick(from, action.word)) say(from, action.then);
      break;
    case Action::Kind::kQuit:
      depart(from, now);
      break;
    case Action::Kind::kSignOfLife:
    case Action::Kind::kNothing:
      break;
  }
}

void Model::let_the_silent_go(Instant now) {
  std::vector<std::string> silent;
  for (const auto& [address, guest] : online_) {
    if (guest.last_heard + limits_.idle <= now) silent.push_back(address);
  }
  for (const std::string& address : silent) {
    depart(address, online_[address].last_heard + limits_.idle);
  }
}

void Model::depart(const std::string& address, Instant when) {
  Guest guest = online_[address];
  guest.last_heard = when;
  absent_[address] = guest;
  online_.erase(address);
}

bool Model::take_nick(const std::string& address, const std::string& nick) {
  for (const auto& [other, guest] : online_) {
    if (other != address && guest.nick == nick && !nick.empty()) return false;
  }
  online_[address].nick = nick;
  return true;
}

void Model::say(const std::string& from, const std::string& text) {
  const Guest& author = online_[from];
  const std::string shown = author.nick.empty() ? from : author.nick + "*";
  for (const auto& [address, guest] : online_) {
    if (address != from && guest.room == author.room) {
      expected_[address].push_back(shown + "> " + text);
    }
  }
}

}  // namespace palabre::sim
