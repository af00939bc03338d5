#include "client/chat/chat_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/number.h"

namespace palabre::client {
namespace {

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

struct CommandEntry {
  std::string_view name;
  std::string_view usage;  ///< what follows it
  std::string_view about;
  bool needs_argument;
  bool takes_text;  ///< else one word at most, or none where no usage says more
  Typed (*read)(const std::string& argument);
};

Typed read_history(const std::string& argument) {
  if (argument.empty()) return typed::History{};
  const auto count = parse_number<std::uint32_t>(argument);
  if (!count || *count == 0) {
    return typed::Mistake{fmt::format("{} is no number of messages: /history [NUMBER]", argument)};
  }
  return typed::History{std::min(*count, kMostHistory)};
}

constexpr std::array<CommandEntry, 13> kCommands{{
    {"/join", "ROOM", "go to a room, or with an invite link, besides those where you are", true,
     false, [](const std::string& argument) -> Typed { return typed::Join{argument}; }},
    {"/leave", "[ROOM]", "leave it", false, false,
     [](const std::string& argument) -> Typed { return typed::Leave{argument}; }},
    {"/msg", "NICK [TEXT]", "to one member alone", true, true,
     [](const std::string& argument) -> Typed {
       auto [nick, text] = split(argument);
       return typed::Tell{std::move(nick), std::move(text)};
     }},
    {"/me", "TEXT", "what you do: * awa waves", true, true,
     [](const std::string& argument) -> Typed {
       return typed::Say{chat::Kind::kAction, argument};
     }},
    {"/nick", "NAME", "be called so", true, false,
     [](const std::string& argument) -> Typed { return typed::Nick{argument}; }},
    {"/who", "[ROOM]", "who is in the room", false, false,
     [](const std::string& argument) -> Typed { return typed::Who{argument}; }},
    {"/history", "[NUMBER]", "so many messages before those that you see", false, false,
     read_history},
    {"/search", "TEXT", "the last messages that have it", true, true,
     [](const std::string& argument) -> Typed { return typed::Search{argument}; }},
    {"/ignore", "[NICK]", "show nothing of theirs; again: show it", false, false,
     [](const std::string& argument) -> Typed { return typed::Ignore{argument}; }},
    {"/away", "[NOTE]", "what /who says of you; without a note: you are here", false, true,
     [](const std::string& argument) -> Typed { return typed::Away{argument}; }},
    {"/help", "", "this", false, false, [](const std::string&) -> Typed { return typed::Help{}; }},
    {"/quit", "", "goodbye", false, false,
     [](const std::string&) -> Typed { return typed::Quit{}; }},
    {"/exit", "", "the same", false, false,
     [](const std::string&) -> Typed { return typed::Quit{}; }},
}};

}  // namespace

Typed read_typed(std::string_view line) {
  if (trimmed(line).empty()) return typed::Nothing{};
  if (line.starts_with("//")) {
    line.remove_prefix(1);
  } else if (line.starts_with('/')) {
    const auto [name, argument] = split(line);
    const auto* const command =
        std::find_if(kCommands.begin(), kCommands.end(),
                     [&name = name](const CommandEntry& one) { return one.name == name; });
    if (command == kCommands.end()) {
      return typed::Mistake{
          fmt::format("{} is no command, and nothing was sent. /help lists them; // begins a text "
                      "with a slash.",
                      name)};
    }
    if (command->needs_argument && argument.empty()) {
      return typed::Mistake{
          fmt::format("Something is missing: {} {}", command->name, command->usage)};
    }
    const bool is_too_much =
        command->usage.empty() ? !argument.empty() : !split(argument).rest.empty();
    if (is_too_much && !command->takes_text) {
      return typed::Mistake{fmt::format("That is more than {} takes, and nothing was done: {}{}{}",
                                        command->name, command->name,
                                        command->usage.empty() ? "" : " ", command->usage)};
    }
    return command->read(argument);
  }
  return typed::Say{chat::Kind::kText,
                    std::string(line.substr(0, line.find_last_not_of("\r\n") + 1))};
}

std::vector<std::string> typed_help() {
  std::vector<std::string> lines;
  lines.reserve(kCommands.size() + 1);
  for (const CommandEntry& command : kCommands) {
    lines.push_back(
        fmt::format("{:<20} {}", fmt::format("{} {}", command.name, command.usage), command.about));
  }
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
    for (const CommandEntry& command : kCommands) offer(command.name, "");
  } else if (before == "/join " || before == "/leave ") {
    for (const auto& room : rooms) offer(room, "");
  } else {
    for (const auto& nick : nicks) offer(nick, before.empty() ? ":" : "");
  }
  return all;
}

}  // namespace palabre::client
