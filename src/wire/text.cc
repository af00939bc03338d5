#include "wire/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "base/number.h"
#include "wire/clean.h"
#include "wire/names.h"

namespace palabre::wire {
namespace {

using chat::Request;

constexpr std::string_view kBlank = " \t";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

Request missing(std::string usage) {
  return chat::NotUnderstood{chat::MissingArgument{std::move(usage)}};
}

Request bad_number(std::string usage) {
  return chat::NotUnderstood{chat::BadNumber{std::move(usage)}};
}

Request parse_nick_command(std::string_view argument) {
  if (argument.empty()) return missing("/nick NAME");
  if (auto nick = parse_nick(argument)) return chat::TakeNick{std::move(*nick)};
  return chat::NotUnderstood{chat::BadNick{}};
}

Request parse_join_command(std::string_view argument) {
  if (argument.empty()) return missing("/join ROOM");
  if (auto room = parse_room_name(argument)) return chat::Join{.room = std::move(*room)};
  return chat::NotUnderstood{chat::BadRoomName{}};
}

Request parse_me_command(std::string_view argument) {
  if (argument.empty()) return missing("/me TEXT");
  return chat::Post{.kind = chat::Kind::kAction, .text = std::string(argument)};
}

std::string_view without_mark(std::string_view text) {
  if (text.starts_with('#')) text.remove_prefix(1);
  return text;
}

/// Up to 18 figures; `#12` too.
std::optional<std::uint64_t> parse_figures(std::string_view text) {
  constexpr std::size_t kMostFigures = 18;
  text = without_mark(text);
  return text.size() <= kMostFigures ? parse_number<std::uint64_t>(text) : std::nullopt;
}

Request parse_post_command(std::string_view argument) {
  const std::size_t end = std::min(argument.find_first_of(kBlank), argument.size());
  const std::string_view id = argument.substr(0, end);
  const std::string_view text = trim(argument.substr(end));
  if (text.empty()) return missing("/post ID TEXT");
  if (!is_message_id(id)) return chat::NotUnderstood{chat::BadMessageId{}};
  return chat::Post{.text = std::string(text), .id = chat::MessageId{std::string(id)}};
}

Request parse_ack_command(std::string_view argument) {
  const std::string word = ascii_lower(argument);
  if (word != "on" && word != "off") return missing("/ack on, or /ack off");
  return chat::SetAcks{word == "on"};
}

Request parse_history_command(std::string_view argument) {
  constexpr std::uint64_t kUsual = 20;
  const auto count = argument.empty() ? kUsual : parse_figures(argument);
  if (!count || *count == 0) return bad_number("/history, or /history NUMBER-OF-MESSAGES");
  return chat::ReadPast{.what = chat::ReadPast::Last{*count}};
}

Request parse_from_command(std::string_view argument) {
  if (argument.empty()) return missing("/from NUMBER");
  const auto number = parse_figures(argument);
  if (!number) return bad_number("/from NUMBER");
  return chat::ReadPast{.what = chat::ReadPast::From{{*number}}};
}

struct PlainCommand {
  std::string_view name;
  Request (*parse)(std::string_view argument);
};

constexpr std::array<PlainCommand, 10> kCommands{{
    {"/help", [](std::string_view) -> Request { return chat::Help{}; }},
    {"/nick", parse_nick_command},
    {"/join", parse_join_command},
    {"/who", [](std::string_view) -> Request { return chat::Who{}; }},
    {"/me", parse_me_command},
    {"/history", parse_history_command},
    {"/from", parse_from_command},
    {"/ack", parse_ack_command},
    {"/post", parse_post_command},
    {"/quit", [](std::string_view) -> Request { return chat::Quit{}; }},
}};

Request parse_command(std::string_view line) {
  const std::size_t end = std::min(line.find_first_of(kBlank), line.size());
  const std::string_view written = line.substr(0, end);
  const std::string name = ascii_lower(written);
  for (const PlainCommand& command : kCommands) {
    if (command.name == name) return command.parse(trim(line.substr(end)));
  }
  return chat::NotUnderstood{chat::UnknownCommand{std::string(written)}};
}

bool is_command(std::string_view line) { return line.starts_with('/') && !line.starts_with("//"); }

}  // namespace

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

std::optional<chat::Number> parse_message_number(std::string_view text) {
  const auto number = parse_number<std::uint64_t>(without_mark(text));
  return number && *number > 0 ? std::optional(chat::Number{*number}) : std::nullopt;
}

bool is_message_id(std::string_view text) {
  constexpr std::size_t kMostCharacters = 64;
  return !text.empty() && text.size() <= kMostCharacters &&
         std::all_of(text.begin(), text.end(), [](char c) { return '!' <= c && c <= '~'; });
}

std::vector<Request> parse_requests(std::string_view text) {
  std::vector<Request> requests;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (is_command(line)) {
      if (requests.size() == kMostCommands) {
        requests.emplace_back(chat::NotUnderstood{chat::TooManyCommands{kMostCommands}});
        return requests;
      }
      requests.push_back(parse_command(line));
    } else if (!is_blank(line)) {
      break;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  text = text.substr(0, text.find_last_not_of('\n') + 1);
  if (text.starts_with("//")) text.remove_prefix(1);
  if (!is_blank(text)) requests.emplace_back(chat::Post{.text = std::string(text)});
  return requests;
}

std::string encode_line(const chat::Message& message) {
  std::string line;
  line.reserve(chat::line_bytes(message));
  if (message.kind == chat::Kind::kAction) line += "* ";
  line += message.author;
  line += message.kind == chat::Kind::kAction ? " " : "> ";
  line += indent_continuations(shorten_blanks(message.text));
  line += '\n';
  return line;
}

}  // namespace palabre::wire
