#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "client/chat/conversation.h"
#include "client/server_words.h"
#include "wire/names.h"
#include "wire/text.h"

// The session's outcomes, shown to the user.

namespace palabre::client {
namespace {

constexpr std::size_t kMostPeople = 1000;  // remembered for completion, and by id
constexpr std::size_t kMostUnasked = 32;   // rooms for two joined unasked at each login
constexpr std::size_t kMostViews = 256;    // rooms beyond which none is joined unasked
constexpr std::size_t kMostLeft = 1024;    // beyond it, a room that was left may be joined again
constexpr std::size_t kMostFound = 20;     // shown by a search
constexpr std::uint32_t kMostPages = 100;  // pages of 200 messages read by a search

std::string without_star(std::string name) {
  if (name.ends_with('*')) name.pop_back();
  return name;
}

std::string others_words(std::uint32_t others) {
  if (others == 0) return "nobody else is here";
  return others == 1 ? "1 other is here" : fmt::format("{} others are here", others);
}

/// Adds a full stop if there is none.
std::string as_sentence(const std::string& words) {
  const bool is_ended = words.ends_with('.') || words.ends_with('!') || words.ends_with('?');
  return is_ended ? words : words + ".";
}

std::string messages_words(std::uint64_t count) {
  return count == 1 ? "1 message" : fmt::format("{} messages", count);
}

}  // namespace

void Conversation::take_outcomes() {
  for (const client::Outcome& outcome : session().take_outcomes()) {
    std::visit([this](const auto& one) { see(one); }, outcome);
    if (is_over_) return;
  }
  show_waiting();
  if (session().waiting() == 0) is_slowed_ = false;
  if (is_leaving_ && session().waiting() == 0) end({EX_OK, ""});
}

std::size_t Conversation::remembered() const {
  return views_.size() + wanted_.size() + left_.size() + unasked_.size() + waiting_.size() +
         searches_.size() + people_.size() + cursors_.size() + printed_.size() + told_.size();
}

/// The latest person of a nickname, by the id where it has one.
void Conversation::note_person(const std::string& shown, chat::AuthorId id) {
  if (shown.empty() || shown.starts_with('[')) return;
  const std::string name = without_star(shown);
  if (people_.size() >= kMostPeople && !people_.contains(name)) return;
  people_[name] = {id, shown.ends_with('*')};
}

/// The person seen last under the nickname, compared as the server compares nicknames; an empty
/// name: nobody was seen.
Ignored::Person Conversation::person_called(std::string_view name) const {
  const auto person_of = [](const auto& known) -> Ignored::Person {
    return {known.second.is_guest ? std::string_view("*") : std::string_view(known.first),
            known.second.id};
  };
  if (name.ends_with('*')) name.remove_suffix(1);
  if (const auto known = people_.find(name); known != people_.end()) return person_of(*known);
  const std::string key = name_key(name);
  for (const auto& known : people_) {
    if (name_key(known.first) == key) return person_of(known);
  }
  return {};
}

bool Conversation::is_ignored(const chat::Message& message) {
  return ignored_.hides({message.author, message.author_id});
}

bool Conversation::is_ignored(const chat::Topic& topic) {
  if (ignored_.is_empty() || topic.by.empty()) return false;
  const bool is_guest = topic.by.ends_with('*');
  return ignored_.hides({topic.by, is_guest ? chat::AuthorId{} : person_called(topic.by).id});
}

void Conversation::print(const chat::RoomName& room, const client::Line& line,
                         const std::string& words) {
  if (const auto day = words_.day(line.kept_at, day_)) terminal_->print(*day);
  terminal_->print_as(++last_printed_, words);
  note_printed(room, line, last_printed_);
}

void Conversation::see(const client::Shown& shown) {
  View& view = views_[shown.room];
  if (view.oldest.value == 0) view.oldest = shown.line.number;
  note_person(shown.line.message.author, shown.line.message.author_id);
  if (is_ignored(shown.line.message)) return;
  print(shown.room, shown.line,
        words_.line(shown.line, session().nick(), shown.room, is_elsewhere(shown.room)));
}

void Conversation::see(const client::RoomChanged& changed) {
  const auto view = views_.find(changed.room);
  if (view == views_.end()) return;
  view->second.facts = changed.facts;
  if (!is_elsewhere(changed.room)) show_prompt();
  if (!is_ignored(changed.facts.topic)) say(changed.words);
}

void Conversation::see(const client::Kept& kept) {
  waiting_.erase(kept.post);
  // The room may have been left meanwhile.
  const auto view = views_.find(kept.room);
  if (view != views_.end() && view->second.oldest.value == 0) {
    view->second.oldest = kept.line.number;
  }
  if (!kept.was_shown) print(kept.room, kept.line, words_.kept(kept, is_elsewhere(kept.room)));
}

void Conversation::see(const client::PostRefused& refused) {
  waiting_.erase(refused.post);
  terminal_->print(words_.refused(refused));
}

void Conversation::see(const client::Missed& missed) { terminal_->print(words_.missed(missed)); }

void Conversation::see(const client::Joined& joined) {
  was_in_a_room_ = true;
  unasked_.erase(joined.asked);
  if (joined.asked != joined.room) rename(joined.asked, joined.room);
  View& view = views_[joined.room];
  const bool is_changed = view.facts.topic != joined.facts.topic;
  view.facts = joined.facts;
  if (is_changed && !is_elsewhere(joined.room)) show_prompt();
  if (joined.again) return is_changed ? say_facts(joined.room, joined.facts) : void();
  left_.erase(joined.room);
  view.had_cursor = cursors_.contains(joined.room) && joined.coming > 0;
  const bool was_asked = wanted_.erase(joined.asked) > 0;
  if (was_asked) go_to(joined.room);
  if (joined.room.text.starts_with('@')) {
    const std::string nick = joined.room.text.substr(1);
    if (joined.is_request) {
      say(fmt::format("{} has not accepted your request yet; what you write waits for that.",
                      nick));
    } else if (!was_asked) {
      say(fmt::format("{} and you have a room: /msg {} TEXT answers.", nick, nick));
    }
  } else {
    say(fmt::format("{}: {}.{}", joined.room.text, others_words(joined.others),
                    joined.on_disk ? "" : " Nothing is kept here."));
  }
  say_facts(joined.room, joined.facts);
  if (view.had_cursor) {
    say(fmt::format("New in {} since you left: {}{}", joined.room.text,
                    messages_words(joined.coming + joined.skipped),
                    joined.skipped == 0
                        ? ""
                        : fmt::format("; here are the last {}, /history shows those "
                                      "before.",
                                      joined.coming)));
  }
}

/// The room has a new name: the other member of a room for two has changed its nickname.
void Conversation::rename(const chat::RoomName& from, const chat::RoomName& to) {
  auto view = views_.extract(from);
  if (view.empty()) return;
  view.key() = to;
  views_.insert(std::move(view));
  for (Printed& one : printed_) {
    if (one.room == from) one.room = to;
  }
  if (here_ == from) go_to(to);
}

void Conversation::see(const client::CaughtUp& caught_up) {
  if (!caught_up.again || caught_up.shown == 0) return;
  say(fmt::format("{}: {} came while the network was gone.", caught_up.room.text,
                  messages_words(caught_up.shown)));
}

void Conversation::see(const client::JoinRefused& refused) {
  const bool was_wanted = wanted_.erase(refused.room) > 0;
  views_.erase(refused.room);
  if (unasked_.erase(refused.room) > 0 && !was_wanted) return;
  const bool is_invited = refused.why != client::JoinRefused::Why::kNotInvited;
  if (views_.empty() && wanted_.empty() && !was_in_a_room_) {
    return end({is_invited ? EX_UNAVAILABLE : EX_NOPERM, refused.words});
  }
  if (here_ == refused.room) go_to({});
  if (refused.is_told_with_posts) return;
  const bool names_it = refused.words.find(refused.room.text) != std::string::npos ||
                        refused.room.text.starts_with('@');
  say(names_it ? refused.words : fmt::format("{}: {}", refused.room.text, refused.words));
}

void Conversation::see(const client::HasLeft& left) {
  views_.erase(left.room);
  if (left.room.text.starts_with('@') && left_.size() < kMostLeft) left_.insert(left.room);
  say(left.words.empty() ? fmt::format("You have left {}.", left.room.text) : left.words);
  if (here_ == left.room) go_to(views_.empty() ? chat::RoomName{} : views_.begin()->first);
}

void Conversation::see(const client::Ruled& ruled) {
  std::string_view lines = ruled.words;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    say(std::string(lines.substr(0, end)));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void Conversation::see(const client::Welcomed& welcomed) {
  is_gone_ = false;
  if (welcomed.again) {
    say("Back.");
  } else {
    greet(welcomed);
  }
  say_requests(welcomed);
  // Joins rooms for two, also those opened meanwhile. The caps leave places for other rooms.
  std::size_t joined = 0;
  for (const chat::RoomName& room : welcomed.direct_rooms) {
    if (left_.contains(room) || views_.contains(room) || unasked_.contains(room)) continue;
    if (joined++ >= kMostUnasked || views_.size() + unasked_.size() >= kMostViews) break;
    unasked_.insert(room);
    join(room, "");
  }
}

void Conversation::greet(const client::Welcomed& welcomed) {
  const std::string server = to_text(options_.target.server);
  say(fmt::format("You are {} on {}; /help lists what you can do.", welcomed.nick, server));
  if (const auto words = other_nick_words(options_.nicks, welcomed.nick)) say(*words);
  const auto trust = trust_words(options_.target.server, member_->connector());
  if (trust) say(*trust);
}

void Conversation::see(const client::NickChanged& changed) {
  say(fmt::format("You are {} now.", changed.nick));
}

void Conversation::see(const client::AwayChanged& changed) {
  say(changed.note.empty() ? "You are here."
                           : fmt::format("You are away ({}); /away ends it.", changed.note));
}

void Conversation::see(const client::PresentNow& present) {
  std::string names;
  for (const client::Person& person : present.people) {
    note_person(person.name, person.id);
    names += fmt::format("{}{}{}", names.empty() ? "" : ", ", person.name,
                         person.away.empty() ? "" : fmt::format(" (away: {})", person.away));
  }
  const std::size_t more =
      present.count - std::min<std::size_t>(present.count, present.people.size());
  say(fmt::format("{} in {}: {}{}", present.count, present.room.text, names,
                  more == 0 ? "" : fmt::format(" and {} more", more)));
  say_facts(present.room, present.facts);
}

void Conversation::say_facts(const chat::RoomName& room, const chat::RoomFacts& facts) {
  const std::string words = is_ignored(facts.topic) ? "" : wire::in_words(facts);
  if (!words.empty()) say(fmt::format("{}. {}", room.text, words));
}

void Conversation::see(const client::Page& page) {
  auto asked = searches_.extract(page.question);
  if (asked.empty()) return;
  Search& search = asked.mapped();
  if (search.is_for_removed) return see_removed(page);
  const std::string sought = wire::folded(search.text);
  std::vector<client::Line> found;
  for (const client::Line& line : page.lines) {
    const bool is_wanted = sought.empty()
                               ? line.number < search.before
                               : wire::folded(line.message.text).find(sought) != std::string::npos;
    if (is_wanted) found.push_back(line);
  }
  search.found.insert(search.found.begin(), found.begin(), found.end());
  ++search.pages;
  const bool is_enough = search.text.empty() || search.found.size() >= kMostFound ||
                         search.before.value <= 1 || search.pages >= kMostPages;
  if (is_enough) return show_found(search);
  read_on(std::move(search));
}

void Conversation::show_found(const Search& search) {
  if (search.found.empty()) {
    const bool is_all = search.before.value <= 1;
    return say(search.text.empty() ? "There is nothing before what you see any more."
               : is_all            ? fmt::format("Nothing in {} has that.", search.room.text)
                                   : "Nothing of the last 20,000 messages has that.");
  }
  const std::size_t from =
      search.text.empty() ? 0 : search.found.size() - std::min(search.found.size(), kMostFound);
  say(search.text.empty() ? "Before that:" : fmt::format("With \"{}\":", search.text));
  for (std::size_t i = from; i < search.found.size(); ++i) {
    const client::Line& line = search.found[i];
    if (is_ignored(line.message)) continue;
    print(search.room, line,
          words_.line(line, session().nick(), search.room, is_elsewhere(search.room)));
  }
  const auto view = views_.find(search.room);  // it may have been left meanwhile
  if (search.text.empty() && view != views_.end()) {
    view->second.oldest = search.found.front().number;
  }
  say(search.text.empty() && search.found.front().number.value > 1
          ? "(/history goes on before that)"
          : "(that is all)");
}

void Conversation::see(const client::QuestionRefused& refused) {
  searches_.erase(refused.question);
  say(refused.words);
}

void Conversation::see(const client::Slowed& slowed) {
  const std::size_t waiting = session().waiting();
  if (waiting == 0 || std::exchange(is_slowed_, true)) return;
  say(fmt::format("{}; {}.", words_of_pace(slowed), words_of_waiting(slowed, waiting)));
}

void Conversation::see(const client::Offline& offline) {
  if (std::exchange(is_gone_, true)) return;
  say(fmt::format("The connection is gone: {} What you write waits, and is sent when it is back.",
                  as_sentence(offline.words)));
}

void Conversation::on_silence(bool is_silent) {
  if (is_over_) return;
  if (is_silent && !std::exchange(is_gone_, true)) {
    say("The server does not answer. What you write waits, and is sent when it is back.");
  } else if (!is_silent && session().is_online() && std::exchange(is_gone_, false)) {
    say("It answers again.");
  }
}

void Conversation::on_trouble(const Error& error) {
  if (is_over_) return;
  say(error.sentence + " Trying again every second; /quit ends it.");
}

void Conversation::see(const client::Ended& ended) {
  if (!is_over_) end(error_of(ended));
}

}  // namespace palabre::client
