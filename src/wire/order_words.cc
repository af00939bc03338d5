#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "base/time_text.h"
#include "chat/decisions.h"
#include "wire/orders.h"
#include "wire/text.h"

// The words for orders and decisions.

namespace palabre::wire {
namespace {

using enum chat::Order::Verb;

/// How the reader writes an order: `/kick`, or `palabre kick`.
std::string written(std::string_view verb, Reader reader) {
  return fmt::format("{}{}", reader == Reader::kOnMachine ? "palabre " : "/", verb);
}

std::string in_room(const chat::Ruled& ruled) {
  return ruled.room.empty() ? "" : " in " + ruled.room;
}

std::string for_time(const chat::Ruled& ruled) {
  return ruled.lasts ? " for " + show_time(*ruled.lasts) : " for good";
}

/// Of an order that made a decision.
std::string what_was_done(const chat::Ruled& ruled, Reader reader) {
  const std::string& whom = ruled.whom;
  const std::string here = in_room(ruled);
  switch (ruled.verb) {
    case kKick:
      return here.empty()
                 ? fmt::format("{} was kicked and may come back; {} keeps an address out.", whom,
                               written("ban", reader))
                 : fmt::format("{} was put out of {} and may come back.", whom, ruled.room);
    case kBan:
      return fmt::format("{} is banned{}{}.", whom, here, for_time(ruled));
    case kMute:
      return fmt::format("{} is muted{}{}: it reads, and nobody hears it.", whom, here,
                         for_time(ruled));
    case kFreeze:
      return fmt::format(
          "{} is for reading only, until {} --off.", ruled.room,
          reader == Reader::kOnMachine ? "palabre freeze " + ruled.room : std::string("/freeze"));
    case kSlow:
      return fmt::format(
          "{} is slow{}: {}", ruled.room, ruled.lasts ? for_time(ruled) : "",
          in_words(chat::RoomFacts{
              .slow = std::get<chat::Slow>(std::get<chat::Rule>(ruled.decision.act).fact)}));
    case kDelete:
      return fmt::format("Message {} of {} is removed.",
                         std::get<chat::Delete>(ruled.decision.act).number.value, ruled.room);
    case kExpel:
      return fmt::format("{} is out of {}, until invited again.", whom, ruled.room);
    case kAppoint:
      return fmt::format("{} is an operator{}{} now.", whom, here.empty() ? " of the server" : here,
                         ruled.lasts ? for_time(ruled) : "");
    case kMarkBot:
      return fmt::format("{} is a bot now.", whom);
    case kApprove:
      return fmt::format("{} may become a member.", whom);
    default:
      return "Done.";
  }
}

std::string count_of(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

/// `3 messages in 2 rooms, 1 decision and 1 topic`.
std::string list_of(const chat::TakenBack& all) {
  std::vector<std::string> parts;
  const auto add = [&](std::size_t count, std::string_view one) {
    if (count > 0) parts.push_back(count_of(count, one));
  };
  if (all.messages > 0) {
    parts.push_back(count_of(all.messages, "message") + " in " + count_of(all.rooms, "room"));
  }
  add(all.decisions, "decision");
  add(all.topics, "topic");
  add(all.founded, "founded room");
  add(all.members, "registration");
  if (parts.empty()) return "nothing";
  std::string words = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    words += (i + 1 == parts.size() ? " and " : ", ") + parts[i];
  }
  return words;
}

std::string what_was_forgotten(const chat::Ruled& ruled) {
  std::string words;
  if (ruled.verb == kForget) {
    words =
        fmt::format("{} is no member any more: the nickname and its place are free.", ruled.whom);
    if (ruled.all.decisions > 0) {
      words += fmt::format(" {} ended.", count_of(ruled.all.decisions, "appointment"));
    }
  } else {
    words = ruled.verb == kUndoBy
                ? fmt::format("Taken back, of {}: {}.", ruled.whom, list_of(ruled.all))
                : fmt::format("{} is forgotten: {}.", ruled.room, list_of(ruled.all));
    if (ruled.all.goes_on) {
      words += " More messages are being removed; nobody is shown them any more.";
    }
  }
  for (const std::string& one : ruled.ended) words += fmt::format("\n{} was disconnected.", one);
  return words;
}

std::string what_was_taken_back(const chat::Ruled& ruled) {
  const std::string& whom = ruled.whom;
  const std::string here = in_room(ruled);
  switch (ruled.verb) {
    case kUnban:
      return fmt::format("{} is no longer banned{}.", whom, here);
    case kUnmute:
      return fmt::format("{} is no longer muted{}.", whom, here);
    case kThaw:
      return fmt::format("{} is open to writing again.", ruled.room);
    case kSlow:
      return fmt::format("{} is no longer slow.", ruled.room);
    case kDismiss:
      return fmt::format("{} is no longer an operator{}.", whom,
                         here.empty() ? " of the server" : here);
    case kUnmarkBot:
      return fmt::format("{} is no longer a bot.", whom);
    default:
      return fmt::format("Taken back: {}.", in_words(ruled.decision.act, whom));
  }
}

std::string line_of(const chat::Ruled::Line& line, WallTime now, Reader reader) {
  std::string text = in_words(line.decision.act, line.whom);
  if (!line.room.empty()) text += " in " + line.room;
  if (line.number.value == 0) return text + ", who made it";
  text = fmt::format("{}  {}", line.number.value, text);
  if (reader == Reader::kGuest) return text;
  text += line.by.empty() ? ", on the machine" : ", by " + line.by;
  const std::int64_t until = line.decision.until.seconds;
  if (line.is_over) {
    text += chat::lasts(line.decision.act) ? ", over" : "";
  } else if (until != 0) {
    text += ", " +
            show_time(std::chrono::seconds(until - now.microseconds / kMicrosecondsPerSecond)) +
            " left";
  }
  if (!line.decision.why.empty()) text += ": " + line.decision.why;
  return text;
}

std::string listing(const chat::Ruled& listed, Reader reader, std::size_t most_lines) {
  if (listed.lines.empty()) {
    return listed.verb == kOperators ? "There is no operator here." : "Nothing was decided.";
  }
  std::string words;
  const std::span lines(listed.lines);
  for (const auto& line : lines.last(std::min(lines.size(), most_lines))) {
    if (!words.empty()) words += '\n';
    words += line_of(line, listed.now, reader);
  }
  if (listed.verb == kDecisions) {
    words += fmt::format("\n{} takes one back.", written("undo NUMBER", reader));
  }
  return words;
}

}  // namespace

std::string in_words(const chat::Act& act, std::string_view whom) {
  struct Words {
    std::string_view whom;
    std::string operator()(const chat::Kick&) const { return fmt::format("kick of {}", whom); }
    std::string operator()(const chat::Ban&) const { return fmt::format("ban of {}", whom); }
    std::string operator()(const chat::Mute&) const { return fmt::format("mute of {}", whom); }
    std::string operator()(const chat::Appoint&) const { return fmt::format("operator {}", whom); }
    std::string operator()(const chat::MarkBot&) const { return fmt::format("bot {}", whom); }
    std::string operator()(const chat::Approve&) const {
      return fmt::format("approval of {}", whom);
    }
    std::string operator()(const chat::Expel&) const {
      return fmt::format("expulsion of {}", whom);
    }
    std::string operator()(const chat::Delete& one) const {
      return fmt::format("removal of message {}", one.number.value);
    }
    std::string operator()(const chat::UndoBy& undo) const {
      const std::time_t since = undo.since;
      return undo.since == 0 ? fmt::format("undo of everything by {}", whom)
                             : fmt::format("undo of everything by {} since {:%F %T} UTC", whom,
                                           fmt::gmtime(since));
    }
    std::string operator()(const chat::Forget&) const {
      return fmt::format("end of the registration of {}", whom);
    }
    std::string operator()(const chat::ForgetRoom&) const { return "removal of all messages"; }
    std::string operator()(const chat::Rule& rule) const {
      const auto* const slow = std::get_if<chat::Slow>(&rule.fact);
      return slow == nullptr ? "read-only" : fmt::format("slow, {} s", slow->seconds);
    }
  };
  return std::visit(Words{whom}, act);
}

std::string in_words(const chat::Ruled& ruled, Reader reader, std::size_t most_lines) {
  if (ruled.verb == kOperators || ruled.verb == kDecisions) {
    return listing(ruled, reader, most_lines);
  }
  if (ruled.verb == kUndoBy || ruled.verb == kForget || ruled.verb == kForgetRoom) {
    return what_was_forgotten(ruled);
  }
  std::string words =
      ruled.number.value == 0 ? what_was_taken_back(ruled) : what_was_done(ruled, reader);
  if (ruled.verb == kKick && ruled.ended.size() > 1) {
    words += fmt::format(" {} sessions were ended.", ruled.ended.size());
  }
  if (ruled.verb == kBan) {
    for (const std::string& one : ruled.ended) words += fmt::format("\n{} was kicked.", one);
  }
  return words;
}

}  // namespace palabre::wire
