#include "wire/text.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/number.h"
#include "wire/clean.h"
#include "wire/names.h"
#include "wire/verbs.h"

namespace palabre::wire {
namespace {

using chat::Request;

constexpr std::string_view kBlank = " \t";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Request parse_command(std::string_view line) {
  const std::size_t end = std::min(line.find_first_of(kBlank), line.size());
  const std::string_view name = line.substr(0, end);
  const VerbRow* const row = find_verb(name);
  if (row == nullptr || !row->plain) {
    return chat::NotUnderstood{chat::UnknownCommand{std::string(name)}};
  }
  const std::string usage = usage_of(*row, *row->plain);
  const std::string_view argument = trim(line.substr(end));
  if (argument.empty() && is_needed(row->plain->argument)) {
    return chat::NotUnderstood{chat::MissingArgument{usage}};
  }
  return row->parse(argument, usage);
}

bool is_command(std::string_view line) { return line.starts_with('/') && !line.starts_with("//"); }

}  // namespace

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

std::optional<chat::Number> parse_message_number(std::string_view text) {
  if (text.starts_with('#')) text.remove_prefix(1);
  const auto number = parse_number<std::uint64_t>(text);
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
  if (message.kind == chat::Kind::kRemoved) {
    return std::string(kNoticeMark) + "This message was removed.\n";
  }
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
