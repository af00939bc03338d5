#include "wire/verbs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "base/number.h"
#include "wire/clean.h"
#include "wire/names.h"
#include "wire/orders.h"
#include "wire/text.h"

namespace palabre::wire {
namespace {

using enum Argument;

using chat::Request;

constexpr std::string_view kBlanks = " \t";

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

Request mistake(chat::Refusal refusal) { return chat::NotUnderstood{std::move(refusal)}; }

/// Up to 18 figures; `#12` too.
std::optional<std::uint64_t> parse_figures(std::string_view text) {
  constexpr std::size_t kMostFigures = 18;
  if (text.starts_with('#')) text.remove_prefix(1);
  return text.size() <= kMostFigures ? parse_number<std::uint64_t>(text) : std::nullopt;
}

Request parse_nick_verb(std::string_view argument, const std::string& /*usage*/) {
  if (auto nick = parse_nick(argument)) return chat::TakeNick{std::move(*nick)};
  return mistake(chat::BadNick{});
}

Request parse_join(std::string_view argument, const std::string& /*usage*/) {
  if (auto room = parse_room_name(argument)) return chat::Join{.room = std::move(*room)};
  return mistake(chat::BadRoomName{});
}

Request parse_who(std::string_view /*argument*/, const std::string& /*usage*/) {
  return chat::Who{};
}

Request parse_me(std::string_view argument, const std::string& /*usage*/) {
  return chat::Post{.kind = chat::Kind::kAction, .text = std::string(argument)};
}

Request parse_topic(std::string_view argument, const std::string& /*usage*/) {
  return chat::SetTopic{.text = clean_line(argument)};
}

Request parse_history(std::string_view argument, const std::string& usage) {
  constexpr std::uint64_t kUsual = 20;
  const auto count = argument.empty() ? kUsual : parse_figures(argument);
  if (!count || *count == 0) return mistake(chat::BadNumber{usage});
  return chat::ReadPast{.what = chat::ReadPast::Last{*count}};
}

Request parse_from(std::string_view argument, const std::string& usage) {
  const auto number = parse_figures(argument);
  if (!number) return mistake(chat::BadNumber{usage});
  return chat::ReadPast{.what = chat::ReadPast::From{{*number}}};
}

Request parse_ack(std::string_view argument, const std::string& usage) {
  const std::string word = ascii_lower(argument);
  if (word != "on" && word != "off") return mistake(chat::MissingArgument{usage});
  return chat::SetAcks{word == "on"};
}

Request parse_post(std::string_view argument, const std::string& usage) {
  const std::size_t end = argument.find_first_of(kBlanks);
  if (end == std::string_view::npos) return mistake(chat::MissingArgument{usage});
  const std::string_view id = argument.substr(0, end);
  const std::string_view text = argument.substr(argument.find_first_not_of(kBlanks, end));
  if (!is_message_id(id)) return mistake(chat::BadMessageId{});
  return chat::Post{.text = std::string(text), .id = chat::MessageId{std::string(id)}};
}

Request parse_help(std::string_view /*argument*/, const std::string& /*usage*/) {
  return chat::Help{};
}

Request parse_quit(std::string_view /*argument*/, const std::string& /*usage*/) {
  return chat::Quit{};
}

/// `usage` begins with the name of the order.
Request parse_order_verb(std::string_view argument, const std::string& usage) {
  const std::string name = usage.substr(1, usage.find(' ') - 1);
  auto parsed = parse_order(name + " " + std::string(argument));
  if (auto* const refusal = std::get_if<chat::Refusal>(&parsed))
    return mistake(std::move(*refusal));
  return std::get<chat::Order>(std::move(parsed));
}

template <chat::Contact::What kWhat>
Request parse_contact(std::string_view argument, const std::string& /*usage*/) {
  if (is_list(kWhat)) return chat::Contact{kWhat, {}};
  if (argument.starts_with('@')) argument.remove_prefix(1);
  auto nick = parse_nick(argument);
  return nick ? Request(chat::Contact{kWhat, std::move(*nick)}) : mistake(chat::BadNick{});
}

constexpr std::optional<VerbForm> kNot = std::nullopt;

constexpr VerbForm form(Argument argument, std::string_view usage, std::string_view help) {
  return {argument, usage, help};
}

constexpr std::array kRows{
    VerbRow{"/nick", form(kText, "NAME", "take a name"), form(kWord, "NAME", "be called so"),
            parse_nick_verb},
    VerbRow{
        "/join", form(kText, "ROOM", "go to a room, new or not"),
        form(kWord, "ROOM", "go to a room, or with an invite link, besides those where you are"),
        parse_join, ChatVerb::kJoin},
    VerbRow{"/leave", kNot, form(kMaybeWord, "[ROOM]", "leave it"), nullptr, ChatVerb::kLeave},
    VerbRow{"/msg", kNot, form(kText, "NICK [TEXT]", "to one member alone"), nullptr,
            ChatVerb::kTell},
    VerbRow{"/accept", kNot, form(kWord, "NICK", "read and answer a member who asks to write"),
            parse_contact<chat::Contact::What::kAccept>},
    VerbRow{"/requests", kNot, form(kNone, "", "who asks to write to you"),
            parse_contact<chat::Contact::What::kRequests>},
    VerbRow{"/block", kNot,
            form(kWord, "NICK", "get neither requests nor private messages; they are not told"),
            parse_contact<chat::Contact::What::kBlock>},
    VerbRow{"/unblock", kNot, form(kWord, "NICK", "end that"),
            parse_contact<chat::Contact::What::kUnblock>},
    VerbRow{"/blocked", kNot, form(kNone, "", "whom you have blocked"),
            parse_contact<chat::Contact::What::kBlocked>},
    VerbRow{"/who", form(kNone, "", "who is here"),
            form(kMaybeWord, "[ROOM]", "who is in the room"), parse_who, ChatVerb::kWho},
    VerbRow{"/me", form(kText, "TEXT", "say what you do"),
            form(kText, "TEXT", "what you do: * awa waves"), parse_me, ChatVerb::kMe},
    VerbRow{"/topic", form(kMaybeText, "[TEXT]", "set the topic, or none"),
            form(kMaybeText, "[TEXT]", "set the room's topic; without a text: none"), parse_topic},
    VerbRow{"/history", form(kMaybeText, "[N]", "the last N again"),
            form(kMaybeWord, "[N]", "so many messages before those that you see"), parse_history,
            ChatVerb::kHistory},
    VerbRow{"/from", form(kText, "NUMBER", "the ones from there"), kNot, parse_from},
    VerbRow{"/search", kNot, form(kText, "TEXT", "the last messages that have it"), nullptr,
            ChatVerb::kSearch},
    VerbRow{"/ignore", kNot, form(kMaybeWord, "[NICK]", "show nothing of theirs; again: show it"),
            nullptr, ChatVerb::kIgnore},
    VerbRow{"/away", kNot,
            form(kMaybeText, "[NOTE]", "what /who says of you; without a note: you are here"),
            nullptr, ChatVerb::kAway},
    VerbRow{"/ack", form(kText, "on or off", "show numbers, or not"), kNot, parse_ack},
    VerbRow{"/post", form(kText, "ID TEXT", "for scripts"), kNot, parse_post},
    VerbRow{"/help", form(kNone, "", "this"), form(kNone, "", "this"), parse_help, ChatVerb::kHelp},
    VerbRow{"/quit", form(kNone, "", "leave"), form(kNone, "", "goodbye"), parse_quit,
            ChatVerb::kQuit},
    VerbRow{"/exit", kNot, form(kNone, "", "the same"), nullptr, ChatVerb::kQuit},
};

/// The rows above, and before the last ones the orders of operators that are given in a chat.
const std::vector<VerbRow>& table() {
  static const std::vector<VerbRow> rows = [] {
    constexpr std::ptrdiff_t kLast = 3;  // /help, /quit, /exit
    std::vector<VerbRow> all(kRows.begin(), kRows.end() - kLast);
    for (const OrderForm& order : order_forms()) {
      if (chat::row_of(order.on).least == chat::Rank::kMachine) continue;
      const Argument argument = order.usage.empty()            ? kNone
                                : order.usage.starts_with('[') ? kMaybeText
                                                               : kText;
      all.push_back({order.name, kNot, form(argument, order.usage, order.help), parse_order_verb,
                     ChatVerb::kRequest, true});
    }
    all.insert(all.end(), kRows.end() - kLast, kRows.end());
    return all;
  }();
  return rows;
}

}  // namespace

std::span<const VerbRow> verbs() { return table(); }

const VerbRow* find_verb(std::string_view name) {
  const std::string lower = ascii_lower(name);
  const auto found = std::find_if(table().begin(), table().end(),
                                  [&](const VerbRow& row) { return row.name == lower; });
  return found == table().end() ? nullptr : &*found;
}

bool is_needed(Argument argument) { return argument == kWord || argument == kText; }

std::string usage_of(const VerbRow& row, const VerbForm& form) {
  std::string usage(row.name);
  if (!form.usage.empty()) usage += " " + std::string(form.usage);
  return usage;
}

}  // namespace palabre::wire
