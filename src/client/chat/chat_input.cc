#include "client/chat/chat_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "wire/text.h"
#include "wire/verbs.h"

namespace palabre::client {
namespace {

using wire::Argument;
using wire::ChatVerb;
using wire::VerbRow;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::uint32_t kMostHistory = 200;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

struct Split {
  std::string first;
  std::string rest;
};
Split split(std::string_view text) {
  text = trimmed(text);
  const auto end = std::min(text.find_first_of(kBlanks), text.size());
  return {std::string(text.substr(0, end)), std::string(trimmed(text.substr(end)))};
}

Typed read_history(const std::string& argument) {
  if (argument.empty()) return typed::History{};
  const auto count = parse_number<std::uint32_t>(argument);
  if (!count || *count == 0) {
    return typed::Mistake{fmt::format("{} is no number of messages: /history [N]", argument)};
  }
  return typed::History{std::min(*count, kMostHistory)};
}

typed::Tell read_tell(const std::string& argument) {
  auto [nick, text] = split(argument);
  return {std::move(nick), std::move(text)};
}

Typed read_request(const VerbRow& row, const std::string& argument) {
  chat::Request request = row.parse(argument, usage_of(row, *row.chat));
  if (const auto* const mistake = std::get_if<chat::NotUnderstood>(&request)) {
    return typed::Mistake{wire::in_words(chat::Refused{mistake->refusal})};
  }
  return typed::Ask{std::move(request)};
}

Typed read_verb(const VerbRow& row, const std::string& argument) {
  switch (row.chat_verb) {
    case ChatVerb::kRequest:
      return read_request(row, argument);
    case ChatVerb::kHelp:
      return typed::Help{};
    case ChatVerb::kJoin:
      return typed::Join{argument};
    case ChatVerb::kLeave:
      return typed::Leave{argument};
    case ChatVerb::kTell:
      return read_tell(argument);
    case ChatVerb::kWho:
      return typed::Who{argument};
    case ChatVerb::kMe:
      return typed::Say{chat::Kind::kAction, argument};
    case ChatVerb::kHistory:
      return read_history(argument);
    case ChatVerb::kSearch:
      return typed::Search{argument};
    case ChatVerb::kIgnore:
      return typed::Ignore{argument};
    case ChatVerb::kAway:
      return typed::Away{argument};
    case ChatVerb::kQuit:
      return typed::Quit{};
  }
  return typed::Nothing{};
}

Typed read_command(std::string_view line) {
  const auto [name, argument] = split(line);
  const VerbRow* const row = wire::find_verb(name);
  if (row == nullptr || !row->chat) {
    return typed::Mistake{
        fmt::format("{} is no command, and nothing was sent. /help lists them; // begins a text "
                    "with a slash.",
                    name)};
  }
  const std::string usage = usage_of(*row, *row->chat);
  const Argument takes = row->chat->argument;
  if (argument.empty() && is_needed(takes)) {
    return typed::Mistake{fmt::format("Something is missing: {}", usage)};
  }
  const bool is_one_word = split(argument).rest.empty();
  const bool is_too_much =
      takes == Argument::kNone
          ? !argument.empty()
          : !is_one_word && (takes == Argument::kWord || takes == Argument::kMaybeWord);
  if (is_too_much) {
    return typed::Mistake{
        fmt::format("That is more than {} takes, and nothing was done: {}", name, usage)};
  }
  return read_verb(*row, argument);
}

}  // namespace

Typed read_typed(std::string_view line) {
  if (trimmed(line).empty()) return typed::Nothing{};
  if (line.starts_with("//")) {
    line.remove_prefix(1);
  } else if (line.starts_with('/')) {
    return read_command(line);
  }
  return typed::Say{chat::Kind::kText,
                    std::string(line.substr(0, line.find_last_not_of("\r\n") + 1))};
}

std::vector<std::string> typed_help() {
  std::vector<std::string> lines;
  std::string orders;
  for (const VerbRow& row : wire::verbs()) {
    if (!row.chat) continue;
    if (row.is_order) {
      orders += fmt::format("{}{}", orders.empty() ? "" : " ", row.name);
      continue;
    }
    lines.push_back(fmt::format("{:<20} {}", usage_of(row, *row.chat), row.chat->help));
  }
  lines.push_back("For operators: " + orders);
  lines.emplace_back("//...                a text that begins with a slash");
  return lines;
}

std::vector<std::string> completions(std::string_view before, std::string_view word,
                                     const std::vector<std::string>& nicks,
                                     const std::vector<std::string>& rooms) {
  std::vector<std::string> all;
  const auto offer = [&](std::string_view one, std::string_view end) {
    if (one.starts_with(word)) all.push_back(std::string(one) + std::string(end));
  };
  if (before.empty() && word.starts_with('/')) {
    for (const VerbRow& row : wire::verbs()) {
      if (row.chat) offer(row.name, "");
    }
  } else if (before == "/join " || before == "/leave ") {
    for (const auto& room : rooms) offer(room, "");
  } else {
    for (const auto& nick : nicks) offer(nick, before.empty() ? ":" : "");
  }
  return all;
}

}  // namespace palabre::client
