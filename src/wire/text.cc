#include "wire/text.h"

#include <algorithm>
#include <cctype>
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

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
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

/// A verb as it was written. Each parser is given its argument without blanks around it, never
/// empty where the verb's row says that it needs one.
struct Written {
  const VerbRow& row;
  std::string_view argument;

  std::string usage() const { return usage_of(row, *row.plain); }
};

Request mistake(chat::Refusal refusal) { return chat::NotUnderstood{std::move(refusal)}; }

Request parse_nick_verb(const Written& written) {
  if (auto nick = parse_nick(written.argument)) return chat::TakeNick{std::move(*nick)};
  return mistake(chat::BadNick{});
}

Request parse_join_verb(const Written& written) {
  if (auto room = parse_room_name(written.argument)) return chat::Join{.room = std::move(*room)};
  return mistake(chat::BadRoomName{});
}

Request parse_post_verb(const Written& written) {
  const std::string_view argument = written.argument;
  const std::size_t end = std::min(argument.find_first_of(kBlank), argument.size());
  const std::string_view id = argument.substr(0, end);
  const std::string_view text = trim(argument.substr(end));
  if (text.empty()) return mistake(chat::MissingArgument{written.usage()});
  if (!is_message_id(id)) return mistake(chat::BadMessageId{});
  return chat::Post{.text = std::string(text), .id = chat::MessageId{std::string(id)}};
}

Request parse_ack_verb(const Written& written) {
  const std::string word = ascii_lower(written.argument);
  if (word != "on" && word != "off") return mistake(chat::MissingArgument{written.usage()});
  return chat::SetAcks{word == "on"};
}

Request parse_history_verb(const Written& written) {
  constexpr std::uint64_t kUsual = 20;
  const auto count = written.argument.empty() ? kUsual : parse_figures(written.argument);
  if (!count || *count == 0) return mistake(chat::BadNumber{written.usage()});
  return chat::ReadPast{.what = chat::ReadPast::Last{*count}};
}

Request parse_from_verb(const Written& written) {
  const auto number = parse_figures(written.argument);
  if (!number) return mistake(chat::BadNumber{written.usage()});
  return chat::ReadPast{.what = chat::ReadPast::From{{*number}}};
}

Request parse_verb(const Written& written) {
  switch (written.row.verb) {
    case Verb::kHelp:
      return chat::Help{};
    case Verb::kNick:
      return parse_nick_verb(written);
    case Verb::kJoin:
      return parse_join_verb(written);
    case Verb::kWho:
      return chat::Who{};
    case Verb::kMe:
      return chat::Post{.kind = chat::Kind::kAction, .text = std::string(written.argument)};
    case Verb::kHistory:
      return parse_history_verb(written);
    case Verb::kFrom:
      return parse_from_verb(written);
    case Verb::kAck:
      return parse_ack_verb(written);
    case Verb::kPost:
      return parse_post_verb(written);
    case Verb::kQuit:
      return chat::Quit{};
    case Verb::kLeave:  // members'
    case Verb::kTell:
    case Verb::kSearch:
    case Verb::kIgnore:
    case Verb::kAway:
      break;
  }
  return mistake(chat::UnknownCommand{std::string(written.row.name)});
}

Request parse_command(std::string_view line) {
  const std::size_t end = std::min(line.find_first_of(kBlank), line.size());
  const std::string_view name = line.substr(0, end);
  const VerbRow* const row = find_verb(ascii_lower(name));
  if (row == nullptr || !row->plain) return mistake(chat::UnknownCommand{std::string(name)});
  const Written written{*row, trim(line.substr(end))};
  if (written.argument.empty() && is_needed(row->plain->argument)) {
    return mistake(chat::MissingArgument{written.usage()});
  }
  return parse_verb(written);
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
