#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "wire/orders.h"
#include "wire/promise.h"
#include "wire/refusals.h"
#include "wire/text.h"
#include "wire/verbs.h"

// The words for every event, and nothing else: what a person reads is all here and in refusals.cc.

namespace palabre::wire {
namespace {

std::string with_others(std::size_t others) {
  switch (others) {
    case 0:
      return "nobody else is here yet";
    case 1:
      return "1 other is here";
    default:
      return fmt::format("{} others are here", others);
  }
}

/// At the end of a line: what others wrote goes last, so that none of the line can be theirs.
std::string after_blank(const std::string& sentences) {
  return sentences.empty() ? "" : " " + sentences;
}

std::string words(const chat::Frozen& frozen, const std::string& room) {
  return fmt::format("{} is {}.", room,
                     frozen.frozen ? "read-only now" : "open for messages again");
}

std::string words(const chat::Topic& topic, const std::string& room) {
  if (!topic.holds()) return fmt::format("{} has taken the topic of {} away.", topic.by, room);
  return fmt::format("{} has set the topic of {}: {}", topic.by, room, topic.text);
}

std::string words(const chat::Slow& slow, const std::string& room) {
  if (!slow.holds()) return fmt::format("{} is no longer slow.", room);
  return fmt::format("{} is slow now: one message each {} s.", room, slow.seconds);
}

std::string words(const chat::RoomChanged& changed) {
  return std::visit([&](const auto& fact) { return words(fact, changed.name); }, changed.fact);
}

std::string words(const chat::Welcome& welcome) {
  const std::string_view greeting = welcome.back ? "Welcome back to" : "Welcome to";
  const std::string as = welcome.nick ? fmt::format(" as {}", *welcome.nick) : "";
  const std::string lost =
      welcome.lost_nick ? fmt::format(" {} is somebody else now.", *welcome.lost_nick) : "";
  return fmt::format("{} {}{}: {}, {}.{}{} /help lists the commands.", greeting, welcome.room.text,
                     as, with_others(welcome.others), in_words(welcome.promise), lost,
                     after_blank(in_words(welcome.facts)));
}

std::string words(const chat::Joined& joined) {
  return fmt::format("You are in {}: {}, {}.{}", joined.name, with_others(joined.others),
                     in_words(joined.promise), after_blank(in_words(joined.facts)));
}

std::string words(const chat::NickTaken& taken) {
  return fmt::format("You are {} now.", taken.shown);
}

std::string words(const chat::Present& present) {
  const std::string facts = in_words(present.facts);
  const std::string end = facts.empty() ? "" : ". " + facts;
  const std::size_t room_for_the_rest = sizeof("-- , and 18446744073709551615 more\n") + end.size();
  std::string line = fmt::format("In {}, {} here:", present.room.text, present.here);
  for (std::size_t i = 0; i < present.people.size(); ++i) {
    const chat::Present::Person& person = present.people[i];
    const std::string name = fmt::format("{} {}{}{}", i == 0 ? "" : ",", person.name,
                                         person.name == present.you ? " (you)" : "",
                                         person.away.empty() ? "" : " (away)");
    if (line.size() + name.size() + room_for_the_rest > kPlainDatagramBytes) {
      return fmt::format("{}, and {} more{}", line, present.here - i, end);
    }
    line += name;
  }
  if (present.here > present.people.size()) {
    line += fmt::format(", and {} more", present.here - present.people.size());
  }
  return line + end;
}

/// Two verbs on a line, since a guest's screen may be small. All know /help by then.
std::string words(const chat::HelpText&) {
  std::string lines;
  bool is_left = true;
  for (const VerbRow& row : verbs()) {
    if (!row.plain || row.chat_verb == ChatVerb::kHelp) continue;
    const std::string usage = usage_of(row, *row.plain);
    lines += is_left ? fmt::format("{:<14} {:<18}", usage, row.plain->help)
                     : fmt::format("{:<14} {}\n", usage, row.plain->help);
    is_left = !is_left;
  }
  if (!is_left) lines += '\n';
  return lines + "//text sends /text. Anything else is sent to everybody in your room.";
}

std::string words(const chat::IdleWarning& warning) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(warning.left).count();
  return fmt::format("Are you there? Without a word from you, you go offline in {} s.", seconds);
}

std::string words(const chat::Farewell& farewell) {
  switch (farewell.why) {
    case chat::Farewell::Why::kQuit:
      return "Goodbye. Write anything to come back.";
    case chat::Farewell::Why::kIdle:
      return "You are offline now: nothing was heard from you. Write anything to come back.";
    case chat::Farewell::Why::kKicked:
      return "You were shown the door." + after_blank(farewell.reason);
    case chat::Farewell::Why::kBanned:
      return "You were shown the door, and are banned." + after_blank(farewell.reason);
    case chat::Farewell::Why::kClosing:
      return "The server is closing. Goodbye.";
    case chat::Farewell::Why::kForgotten:
      return "You are no longer a member of this server." + after_blank(farewell.reason);
    case chat::Farewell::Why::kReplaced:
      return "You are online from too many devices; this one was first, and goes.";
  }
  return {};
}

/// For programs, and so without the mark.
std::string encode(const chat::Acknowledged& kept) {
  return kept.id ? fmt::format("#{} {}\n", kept.number.value, kept.id->text)
                 : fmt::format("#{}\n", kept.number.value);
}

std::string words(const chat::Acknowledged& kept) { return encode(kept); }

std::string words(const chat::Refused& refused) { return refusal_words(refused.refusal); }

std::string words(const chat::AcksSet& set) {
  if (!set.on) return "Numbers are off.";
  return fmt::format("Numbers are on: each message of yours is answered #NUMBER once it is {}.",
                     set.kept ? "kept" : "in the log; this room keeps nothing");
}

std::string words(const chat::Rereading& what) {
  if (what.to.value == 0) return "Nothing was said here yet.";
  if (what.to < what.from) return fmt::format("Not yet: the last is #{}.", what.to.value);
  return fmt::format("Here is #{} to #{}:", what.from.value, what.to.value);
}

std::string words(const chat::Gap& gap) {
  const auto& [from, to, why] = gap.missing;
  const std::string which = from == to ? fmt::format("Message {} is", from.value)
                                       : fmt::format("Messages {} to {} are", from.value, to.value);
  switch (why) {
    case chat::Missing::Why::kNotKept:
      return fmt::format("{} lost to you: the way to you was too slow.", which);
    case chat::Missing::Why::kExpired:
      return fmt::format("{} kept no longer.", which);
    case chat::Missing::Why::kDamaged:
      return fmt::format("{} damaged on the server's disk, and not shown.", which);
    case chat::Missing::Why::kUnread:
      return fmt::format("{} not to be read at the moment. Ask again: /from {}", which, from.value);
  }
  return {};
}

std::string words(const chat::MoreToRead& more) {
  return fmt::format("There is more: /from {}", more.from.value);
}

// Events for members only are sent as frames. These texts are for clients that show them.

std::string words(const chat::LoggedIn& logged_in) {
  return fmt::format("Welcome, {}.", logged_in.nick);
}

std::string words(const chat::AskedToWrite& asked) {
  return fmt::format("{} asks to write to you: {}", asked.nick, asked.text);
}

std::string words(const chat::Contacts& contacts) {
  using enum chat::Contact::What;
  switch (contacts.what) {
    case kAccept:
      return fmt::format("{} and you have a room.", contacts.with);
    case kBlock:
      return fmt::format("{} is blocked, and is not told.", contacts.with);
    case kUnblock:
      return fmt::format("{} is not blocked.", contacts.with);
    case kRequests:
      return fmt::format("{} ask to write to you.", contacts.all);
    case kBlocked:
      return fmt::format("{} are blocked.", contacts.all);
  }
  return {};
}

std::string words(const chat::HasLeft& left) {
  return left.why ? refusal_words(*left.why) : "You have left.";
}

std::string words(const chat::AwaySet& set) {
  return set.note.empty() ? "You are here." : fmt::format("You are away: {}", set.note);
}

std::string words(const chat::Ruled& ruled) { return in_words(ruled, Reader::kInChat); }

/// Each line with the mark: as many whole lines as a datagram holds.
std::string marked_lines(std::string_view words) {
  constexpr std::size_t kRestBytes = sizeof("-- and 18446744073709551615 more\n") - 1;
  std::string notice;
  while (true) {
    const std::size_t end = words.find('\n');
    const bool is_last = end == std::string_view::npos;
    const std::string_view line = words.substr(0, end);
    const std::size_t size = notice.size() + kNoticeMark.size() + line.size() + 1;
    if (!notice.empty() && size + (is_last ? 0 : kRestBytes) > kPlainDatagramBytes) {
      const auto more = std::count(words.begin(), words.end(), '\n') + 1;
      return notice + fmt::format("{}and {} more\n", kNoticeMark, more);
    }
    notice += fmt::format("{}{}\n", kNoticeMark, line);
    if (is_last) return notice;
    words.remove_prefix(end + 1);
  }
}

}  // namespace

// People hear that a room is read-only when they post.
std::string in_words(const chat::RoomFacts& facts) {
  std::string words;
  if (facts.slow.holds()) words = fmt::format("One message each {} s.", facts.slow.seconds);
  const chat::Topic& topic = facts.topic;
  if (!topic.holds()) return words;
  return fmt::format("{}{}Topic by {}: {}", words, words.empty() ? "" : " ", topic.by, topic.text);
}

std::string in_words(const chat::NumberRanges& removed) {
  const std::uint64_t from = removed.ranges().front().from.value;
  const std::uint64_t to = removed.ranges().back().to.value;
  if (!removed.is_exact())
    return fmt::format("Some messages from #{} to #{} were removed.", from, to);
  if (from == to) return fmt::format("Message #{} was removed.", from);
  if (removed.ranges().size() == 1) {
    return fmt::format("Messages #{} to #{} were removed.", from, to);
  }
  return fmt::format("{} messages from #{} to #{} were removed.", removed.count(), from, to);
}

std::string in_words(const chat::Event& event) {
  return std::visit([](const auto& what) { return words(what); }, event);
}

std::string encode_number(chat::Number number) { return fmt::format("#{} ", number.value); }

std::string encode_removed(const chat::NumberRanges& removed) {
  return fmt::format("{}{}\n", kNoticeMark, in_words(removed));
}

std::string encode_notice(const chat::Event& event) {
  if (const auto* kept = std::get_if<chat::Acknowledged>(&event)) return encode(*kept);
  const auto* const ruled = std::get_if<chat::Ruled>(&event);
  return marked_lines(ruled == nullptr ? in_words(event) : in_words(*ruled, Reader::kGuest));
}

}  // namespace palabre::wire
