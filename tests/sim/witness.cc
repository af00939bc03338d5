#include "witness.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace palabre::sim {
namespace {

using std::chrono_literals::operator""s;

/// After this time, a present session has been sent everything committed; losses in the network are
/// not considered.
constexpr Duration kLongSince = 60s;

/// Removes a number from the beginning; 0 where there is none.
std::uint64_t take_number(std::string_view& text) {
  if (text.starts_with('#')) text.remove_prefix(1);
  std::uint64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return false;
  text.remove_prefix(beginning.size());
  return true;
}

std::string_view until(std::string_view text, char end) { return text.substr(0, text.find(end)); }

/// The lines of a datagram, each together with its continuation lines.
std::vector<std::string> lines_of(const std::string& datagram) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < datagram.size();) {
    const std::size_t end = std::min(datagram.find('\n', start), datagram.size());
    const std::string line = datagram.substr(start, end - start);
    start = end + 1;
    if (line.starts_with("  ") && !lines.empty()) {
      lines.back() += "\n" + line;
    } else {
      lines.push_back(line);
    }
  }
  return lines;
}

}  // namespace

std::vector<std::string> answered_ids(std::string_view datagram) {
  std::vector<std::string> ids;
  for (std::size_t start = 0; start < datagram.size();) {
    const std::string_view line = until(datagram.substr(start), '\n');
    start += line.size() + 1;
    const std::size_t blank = line.find(' ');
    if (line.starts_with('#') && blank != line.npos) ids.emplace_back(line.substr(blank + 1));
  }
  return ids;
}

void Witness::will_post(const std::string& author, const std::string& id, const std::string& text) {
  posted_[{author, id}] = text;
  order_[author].try_emplace(id, order_[author].size());
}

void Witness::said(const std::string& author, const std::string& text) {
  said_[author].push_back(text);
}

void Witness::sent(const std::string& to, const std::string& datagram, Instant now) {
  // The protocol's limit: 1,200 bytes, or one line with a number of up to 20 digits.
  if (datagram.size() > 1222 || !datagram.ends_with('\n')) break_("no whole datagram: " + datagram);
  for (const std::string& one : lines_of(datagram)) {
    std::string_view text = one;
    if (take(text, "-- ")) {
      notice(to, text, now);
      continue;
    }
    std::string_view rest = one;
    const std::uint64_t number = take_number(rest);
    const bool is_answer = number > 0 && (rest.empty() || rest.find(' ', 1) == rest.npos);
    if (is_answer) {
      answered(to, number, rest.empty() ? "" : std::string(rest.substr(1)));
    } else {
      line(to, one);
    }
  }
}

void Witness::notice(const std::string& to, std::string_view text, Instant now) {
  const auto known = readers_.find(to);
  if (take(text, "Welcome to ") || take(text, "Welcome back to ")) {
    begin(to, until(until(text, ':'), ' '), false);
  } else if (take(text, "You are in ")) {
    moved(to, until(text, ':'));
  } else if (take(text, "You are offline now")) {
    end_of_silence(to, now);
  } else if (take(text, "Goodbye") || take(text, "You were shown the door") ||
             take(text, "The server is closing")) {
    readers_.erase(to);
  } else if (known != readers_.end() && text.starts_with("Numbers are ")) {
    known->second.numbered = text.starts_with("Numbers are on");
  } else if (take(text, "Here is ")) {
    const std::uint64_t from = take_number(text);
    take(text, " to ");
    rereads(to, from, take_number(text));
  } else if (take(text, "There is more: /from ")) {
    has_enough(to, take_number(text));
  } else if (take(text, "Not yet: the last is ")) {
    has_nothing_new(to, take_number(text));
  } else if (take(text, "Nothing was said here yet")) {
    has_nothing_new(to, 0);
  } else if (take(text, "Messages ") || take(text, "Message ")) {
    const std::uint64_t from = take_number(text);
    const std::uint64_t last = take(text, " to ") ? take_number(text) : from;
    gap(to, from, last, text);
  }
}

void Witness::begin(const std::string& to, std::string_view room, bool numbered) {
  Reader& reader = readers_[to];
  reader = Reader{};
  reader.room = room;
  if (forbidden_.contains(reader.room) || room.starts_with('@')) {
    break_(fmt::format("{} is in {}", to, room));
  }
  reader.numbered = numbered;
  reader.began_at_most = journal_.end(reader.room);
}

void Witness::moved(const std::string& to, std::string_view room) {
  const auto reader = readers_.find(to);
  if (reader == readers_.end()) return break_(to + " is told of a room without a welcome");
  if (reader->second.room == room) return must_stay(to, reader->second);
  begin(to, room, reader->second.numbered);
}

void Witness::end_of_silence(const std::string& to, Instant now) {
  const auto found = readers_.find(to);
  if (found == readers_.end()) return break_(to + " went and was not there");
  const Reader& reader = found->second;
  std::uint64_t end = journal_.end(reader.room);
  const auto is_recent = [&](const Commit* commit) {
    return commit == nullptr || commit->when + kLongSince > now;
  };
  while (end > 0 && is_recent(journal_.find(reader.room, end))) --end;
  if (reader.cursor && *reader.cursor < end &&
      (*reader.cursor < reader.again_until || !are_its_own(to, reader, *reader.cursor, end + 1))) {
    break_(fmt::format("{} was never sent #{} to #{} of {}", to, *reader.cursor + 1, end,
                       reader.room));
  }
  readers_.erase(found);
}

bool Witness::are_its_own(const std::string& who, const Reader& reader, std::uint64_t after,
                          std::uint64_t next) const {
  for (std::uint64_t number = after + 1; number < next; ++number) {
    const Commit* const passed = journal_.find(reader.room, number);
    if (passed == nullptr || passed->author != who) return false;
  }
  return true;
}

bool Witness::may_go_to(const std::string& who, Reader& reader, std::uint64_t next) const {
  const std::uint64_t at = place_of(reader);
  if (reader.cursor && next <= at) return false;
  if (next == at + 1) return true;
  if (at >= reader.again_until) return are_its_own(who, reader, at, next);
  // A leaving session is sent no more of the past, its own messages included: only what it never
  // had.
  reader.leaves = true;
  reader.again_until = 0;
  return are_its_own(who, reader, std::max(at, reader.had), next);
}

void Witness::must_stay(const std::string& who, const Reader& reader) {
  if (reader.leaves) break_(fmt::format("{} was not sent all that it read again", who));
}

void Witness::rereads(const std::string& to, std::uint64_t from, std::uint64_t until) {
  ++counts_.rereads;
  Reader& reader = readers_[to];
  must_stay(to, reader);
  if (until > journal_.end(reader.room) || from > until) {
    break_(fmt::format("{} cannot read #{} to #{} of {}", to, from, until, reader.room));
  }
  // It may reread what it has had; it may not skip what it has not had.
  if (place_of(reader) > reader.had) reader.is_had_known = reader.cursor.has_value();
  reader.had = std::max(reader.had, place_of(reader));
  if (!are_its_own(to, reader, reader.had, from)) {
    break_(fmt::format("{} reads {} from #{} on, and had #{}", to, reader.room, from, reader.had));
  }
  reader.had = std::max(reader.had, from - 1);
  reader.cursor = from - 1;
  reader.again_until = until;
}

void Witness::has_enough(const std::string& to, std::uint64_t next) {
  Reader& reader = readers_[to];
  must_stay(to, reader);
  const std::uint64_t at = place_of(reader);
  if (at + 1 != next || at >= reader.again_until) {
    break_(fmt::format("{} is told of more from #{} on, and is at #{}", to, next, at));
  }
  // Messages that it was never sent are still due.
  reader.began_at_most = std::max(at, reader.had);
  reader.cursor = reader.is_had_known ? std::optional(reader.began_at_most) : std::nullopt;
  reader.again_until = reader.cursor.value_or(0);
}

void Witness::has_nothing_new(const std::string& to, std::uint64_t end) {
  Reader& reader = readers_[to];
  must_stay(to, reader);
  const std::uint64_t had = std::max(reader.had, place_of(reader));
  if (!are_its_own(to, reader, had, end + 1)) {
    break_(fmt::format("{} is at the end of {}, #{}, and had #{}", to, reader.room, end, had));
  }
  reader.had = reader.again_until = end;
  reader.cursor = end;
}

void Witness::gap(const std::string& to, std::uint64_t from, std::uint64_t until,
                  std::string_view why) {
  ++counts_.gaps;
  Reader& reader = readers_[to];
  const std::uint64_t at = place_of(reader);
  if (until < from || until > journal_.end(reader.room) || !may_go_to(to, reader, from)) {
    break_(fmt::format("{} is told of #{} to #{} of {}, and is at #{}", to, from, until,
                       reader.room, at));
  }
  if (why.find("no longer") != why.npos && !may_be_gone_(reader.room, from, until)) {
    break_(fmt::format("#{} to #{} of {} are there still", from, until, reader.room));
  }
  reader.cursor = until;
}

void Witness::answered(const std::string& to, std::uint64_t number, const std::string& id) {
  ++counts_.answers;
  if (id.empty()) {
    const std::vector<std::string> rooms = journal_.rooms();
    const bool is_kept = std::any_of(rooms.begin(), rooms.end(), [&](const std::string& room) {
      const Commit* const commit = journal_.find(room, number);
      return commit != nullptr && commit->author == to;
    });
    if (!is_kept) break_(fmt::format("{} is answered #{}, which it never said", to, number));
    return pass_its_own(to, number);
  }
  const Commit* const commit = journal_.find(to, id);
  if (commit == nullptr || commit->number != number || commit->text != posted_[{to, id}]) {
    break_(fmt::format("{} is answered #{} {}, which is not kept", to, number, id));
  }
  const auto [known, is_first] = answers_.try_emplace({to, id}, number);
  if (known->second != number) {
    break_(fmt::format("{} is answered another number, #{} {}", to, number, id));
  }
  const std::string post = fmt::format("/post {} {}\n", id, posted_[{to, id}]);
  if (is_first && posts_[{to, post}] == 1) pass_its_own(to, number);
}

void Witness::pass_its_own(const std::string& to, std::uint64_t number) {
  const auto known = readers_.find(to);
  if (known == readers_.end()) return;
  Reader& reader = known->second;
  const Commit* const commit = journal_.find(reader.room, number);
  const bool is_here = commit != nullptr && commit->author == to;
  if (!is_here || !reader.cursor || *reader.cursor < reader.again_until) return;
  if (!are_its_own(to, reader, *reader.cursor, number)) {
    break_(fmt::format("{} is answered #{} of {}, and is at #{}", to, number, reader.room,
                       *reader.cursor));
  }
  reader.cursor = std::max(*reader.cursor, number);
}

void Witness::line(const std::string& to, const std::string& line) {
  ++counts_.lines;
  const auto reader = readers_.find(to);
  if (reader == readers_.end()) return break_(to + " is nowhere, and is sent " + line);
  if (!line.starts_with('#')) return bare_line(to, reader->second, line);
  std::string_view rest = line;
  const std::uint64_t number = take_number(rest);
  take(rest, " ");
  numbered_line(to, reader->second, number, std::string(rest));
}

void Witness::numbered_line(const std::string& to, Reader& reader, std::uint64_t number,
                            const std::string& line) {
  const Commit* const commit = journal_.find(reader.room, number);
  if (commit == nullptr || commit->line != line) {
    break_(
        fmt::format("{} is sent #{} of {}, which is not kept: {}", to, number, reader.room, line));
  }
  go_to(to, reader, number);
}

void Witness::bare_line(const std::string& to, Reader& reader, const std::string& line) {
  if (reader.numbered) break_(to + " is not sent the number of " + line);
  const Journal& journal = journal_;
  const std::uint64_t end = journal.end(reader.room);
  const auto find_after = [&](std::uint64_t number) {
    for (++number; number <= end; ++number) {
      const Commit* const commit = journal.find(reader.room, number);
      if (commit != nullptr && commit->line == line) break;
    }
    return number;
  };
  const std::uint64_t number = find_after(reader.cursor.value_or(0));
  if (number > end) {
    return break_(
        fmt::format("{} is sent again, or what {} does not keep: {}", to, reader.room, line));
  }
  // While it rereads, only lines due to a leaving session come without a number.
  const bool leaves = reader.cursor && *reader.cursor < reader.again_until;
  if ((!reader.cursor || leaves) && find_after(number) <= end) {
    // The text was committed twice; the next number shows which of them this is.
    reader.leaves = reader.leaves || leaves;
    reader.cursor.reset();
    reader.began_at_most = end;
    return;
  }
  go_to(to, reader, number);
}

void Witness::go_to(const std::string& to, Reader& reader, std::uint64_t number) {
  const std::uint64_t at = place_of(reader);
  if (!may_go_to(to, reader, number)) {
    break_(fmt::format("{} was at #{} of {} and is sent #{}", to, at, reader.room, number));
  }
  reader.cursor = number;
}

void Witness::audit() {
  audit_numbers();
  audit_order();
}

void Witness::audit_numbers() {
  std::map<std::string, std::uint64_t> ends;
  std::set<std::pair<std::string, std::string>> ids;
  for (const Commit& commit : journal_.all()) {
    if (commit.number != ++ends[commit.room]) {
      break_(fmt::format("{} has #{} where #{} was due", commit.room, commit.number,
                         ends[commit.room]));
    }
    if (commit.id && !ids.emplace(commit.author, *commit.id).second) {
      break_(fmt::format("{} {} is kept twice", commit.author, *commit.id));
    }
  }
}

void Witness::audit_order() {
  std::map<std::string, std::size_t> last_id;
  std::map<std::pair<std::string, std::string>, std::size_t> read;  // count, by author and room
  for (const Commit& commit : journal_.all()) {
    if (!commit.author.starts_with('[')) continue;  // no guest
    if (commit.id) {
      const std::size_t place = order_[commit.author].at(*commit.id) + 1;
      std::size_t& last = last_id[commit.author];
      if (place <= last) break_(fmt::format("{} {} is too late", commit.author, *commit.id));
      last = place;
      continue;
    }
    const auto& said = said_[commit.author];
    std::size_t& at = read[{commit.author, commit.room}];
    while (at < said.size() && said[at] != commit.text) ++at;
    if (at == said.size()) {
      break_(fmt::format("{} never said, or not then: {}", commit.author, commit.text));
    }
    ++at;
  }
}

}  // namespace palabre::sim
