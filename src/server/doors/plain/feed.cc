#include "server/doors/plain/feed.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>
#include <variant>

#include "chat/event.h"
#include "wire/text.h"

namespace palabre::server {
namespace {

iovec part_of(const std::string& bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};  // sendmsg does not write
}

std::size_t size_of(const link::Outbound& datagram) {
  std::size_t size = 0;
  for (const iovec& part : datagram.parts) size += part.iov_len;
  return size;
}

Line notice_of(const chat::Missing& missing) {
  return Line{missing.to, {}, {}, wire::encode_notice(chat::Gap{missing})};
}

class PlainForm final : public LineForm {
 public:
  Line message(chat::Number number, const chat::Message& message, WallTime) const override {
    return {number, {}, wire::encode_number(number), wire::encode_line(message)};
  }
  std::optional<Line> gap(const chat::Missing& missing) const override {
    return notice_of(missing);
  }
};
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

}  // namespace

/// The state of one `deliver`: the datagrams due at each cursor, cut once and shared by all readers
/// there, and the batch being filled.
struct Feed::Delivery {
  Delivery(link::DatagramSocket& to, Instant when, std::vector<chat::SessionId> due_authors,
           std::size_t batch_size)
      : socket(to), now(when), authors(std::move(due_authors)) {
    batch.reserve(batch_size);
    sending.reserve(batch_size);
  }

  link::DatagramSocket& socket;
  Instant now;
  std::vector<chat::SessionId> authors;                    // sorted; each needs chunks of its own
  std::map<std::pair<chat::Number, bool>, Chunks> shared;  // by cursor and `numbered`
  std::deque<Chunks> own;                                  // chunks in this batch
  std::deque<std::string> words;                           // texts to which `own` points
  std::vector<link::Outbound> batch;
  std::vector<Sending> sending;
};

const LineForm& plain_form() {
  static const PlainForm form;
  return form;
}

void Feed::push(const chat::RoomAdvanced& advanced, std::string answer) {
  room_.push(advanced, std::move(answer), sizes_.tail_bytes);
}

void Feed::add_reader(chat::SessionId session, const link::Path& path, bool numbered) {
  index_.emplace(session, readers_.size());
  readers_.push_back(Reader{session, path, end(), numbered, {}, {}, {}});
}

std::pair<chat::Number, chat::Number> Feed::reread(chat::SessionId session,
                                                   const chat::ReadPast& what) {
  const std::uint64_t last = end().value;
  std::uint64_t after = 0;
  if (const auto* from = std::get_if<chat::ReadPast::From>(&what.what)) {
    after = std::min(last, std::max<std::uint64_t>(from->number.value, 1) - 1);
  } else if (const auto* page = std::get_if<chat::ReadPast::Page>(&what.what)) {
    after = std::min(last, page->after.value);
  } else {
    after = last - std::min(last, std::get<chat::ReadPast::Last>(what.what).count);
  }
  Reader& reader = this->reader(session);
  // A reader may skip messages that it was sent before, but none that it was never sent.
  reader.had = std::max(reader.had, reader.cursor);
  after = std::min(after, reader.had.value);
  reader.cursor = {after};
  reader.past_until = end();
  reader.past_left = sizes_.past_bytes;
  return {{after + 1}, end()};
}

Feed::Due Feed::remove_reader(chat::SessionId session) {
  const std::size_t at = index_.at(session);
  Reader& leaving = readers_[at];
  leaving.cursor = std::max(leaving.cursor, leaving.had);
  leaving.past_until = {};
  Due due{{leaving.cursor.value + 1}, end(), {}};
  if (leaving.cursor < end()) {
    if (leaving.cursor < room_.before()) {
      due.datagrams.push_back(
          {due.from, room_.before(),
           notice_of({due.from, room_.before(), chat::Missing::Why::kNotKept}).bytes});
      leaving.cursor = room_.before();
    }
    for (const Chunk& chunk : cut(room_.tail(), leaving, kNoLimit)) {
      std::string bytes;
      for (const iovec& part : chunk.parts) {
        bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
      }
      due.datagrams.push_back({{leaving.cursor.value + 1}, chunk.up_to, std::move(bytes)});
      leaving.cursor = chunk.up_to;
    }
  }
  index_.erase(session);
  if (at + 1 != readers_.size()) {
    readers_[at] = readers_.back();
    index_[readers_[at].session] = at;
  }
  readers_.pop_back();
  return due;
}

std::vector<chat::SessionId> Feed::sessions() const {
  std::vector<chat::SessionId> sessions;
  sessions.reserve(readers_.size());
  for (const Reader& reader : readers_) sessions.push_back(reader.session);
  return sessions;
}

std::optional<chat::Number> Feed::next_read() {
  if (room_.is_reading() || !wants_past_) return std::nullopt;
  room_.begin_reading();
  turn_ = wants_past_->reader + 1;
  return std::exchange(wants_past_, std::nullopt)->after;
}

bool Feed::reads_past(const Reader& reader) const {
  return reader.cursor < reader.past_until || reader.cursor < delivered_ ||
         reader.cursor < room_.before();
}

const Feed::Chunks* Feed::until_asked_again(Reader& reader, Delivery& delivery) {
  delivery.words.push_back(wire::encode_notice(chat::MoreToRead{{reader.cursor.value + 1}}));
  reader.next_burst = delivery.now + sizes_.past_pause;
  if (reader.had < end()) expect_burst(reader.next_burst);
  return &delivery.own.emplace_back(Chunks{Chunk{{part_of(delivery.words.back())}, reader.had}});
}

Feed::Chunks Feed::cut(const Lines& lines, const Reader& reader, std::size_t most_bytes) {
  Chunks chunks;
  std::size_t in_chunk = 0;
  std::size_t in_all = 0;
  for (auto line = lines.after(reader.cursor); line != lines.end(); ++line) {
    const bool again = line->number <= reader.past_until;
    const bool is_own = line->author == reader.session && !again;
    const std::string& text = is_own ? line->answer : line->bytes;
    if (text.empty()) {
      if (!chunks.empty()) chunks.back().up_to = line->number;
      continue;
    }
    const bool from_history = line->author == chat::SessionId{};
    const bool is_marked = !is_own && (reader.numbered || again || from_history);
    const std::string_view mark = is_marked ? line->mark : std::string_view{};
    const std::size_t bytes = mark.size() + text.size();
    if (chunks.empty() || in_chunk + bytes > wire::kPlainDatagramBytes) {
      if (in_all + bytes > most_bytes && !chunks.empty()) break;
      chunks.emplace_back();
      in_chunk = 0;
    }
    if (!mark.empty()) chunks.back().parts.push_back(part_of(line->mark));
    chunks.back().parts.push_back(part_of(text));
    chunks.back().up_to = line->number;
    in_chunk += bytes;
    in_all += bytes;
  }
  return chunks;
}

std::vector<chat::SessionId> Feed::authors_not_delivered() const {
  std::vector<chat::SessionId> authors;
  for (auto line = room_.tail().after(delivered_); line != room_.tail().end(); ++line) {
    authors.push_back(line->author);
  }
  std::sort(authors.begin(), authors.end());
  authors.erase(std::unique(authors.begin(), authors.end()), authors.end());
  return authors;
}

bool Feed::deliver(link::DatagramSocket& socket, Instant now) {
  Delivery delivery(socket, now, authors_not_delivered(), sizes_.batch);
  next_burst_.reset();
  wants_past_.reset();
  const std::size_t count = readers_.size();
  const std::size_t first = resume_at_ > 0 ? resume_at_ : turn_;  // flush changes `resume_at_`
  for (std::size_t i = 0; i < count; ++i) {
    if (!deliver_to((first + i) % count, delivery)) return false;
  }
  if (!flush(delivery)) return false;
  room_.forget_past();
  delivered_ = end();
  const bool somebody_is_behind = room_.is_reading() || wants_past_ || next_burst_;
  if (!somebody_is_behind) room_.shorten(sizes_.rest_bytes);
  return true;
}

bool Feed::deliver_to(std::size_t index, Delivery& delivery) {
  Reader& reader = readers_[index];
  if (reader.cursor == end()) return true;
  const bool past = reads_past(reader);
  const Chunks* const chunks = past ? past_chunks(index, delivery) : &live_chunks(reader, delivery);
  if (chunks == nullptr) return true;
  if (chunks->empty() && !past) reader.cursor = end();  // only its own lines
  for (const Chunk& chunk : *chunks) {
    delivery.batch.push_back(link::Outbound{&reader.path, chunk.parts});
    delivery.sending.push_back(Sending{index, chunk.up_to});
    if (delivery.batch.size() == sizes_.batch && !flush(delivery)) return false;
  }
  return true;
}

const Feed::Chunks& Feed::live_chunks(const Reader& reader, Delivery& delivery) const {
  if (std::binary_search(delivery.authors.begin(), delivery.authors.end(), reader.session)) {
    return delivery.own.emplace_back(cut(room_.tail(), reader, kNoLimit));
  }
  const auto [known, is_new] = delivery.shared.try_emplace({reader.cursor, reader.numbered});
  if (is_new) known->second = cut(room_.tail(), reader, kNoLimit);
  return known->second;
}

const Feed::Chunks* Feed::past_chunks(std::size_t index, Delivery& delivery) {
  Reader& reader = readers_[index];
  if (delivery.now < reader.next_burst) {
    expect_burst(reader.next_burst);
    return nullptr;
  }
  const bool again = reader.cursor < reader.had;
  if (again && reader.past_left == 0) return until_asked_again(reader, delivery);
  const Lines* const lines = room_.covering(reader.cursor);
  if (lines == nullptr) {
    if (!wants_past_) wants_past_ = Want{reader.cursor, index};
    return nullptr;
  }
  const std::size_t most =
      again ? std::min(sizes_.past_burst_bytes, reader.past_left) : sizes_.past_burst_bytes;
  const Chunks& chunks = delivery.own.emplace_back(cut(*lines, reader, most));
  reader.next_burst = delivery.now + sizes_.past_pause;
  const chat::Number up_to = chunks.empty() ? lines->up_to() : chunks.back().up_to;
  if (chunks.empty()) reader.cursor = up_to;  // only its own lines
  if (up_to < end()) expect_burst(reader.next_burst);
  return &chunks;
}

void Feed::expect_burst(Instant when) {
  if (!next_burst_ || when < *next_burst_) next_burst_ = when;
}

bool Feed::flush(Delivery& delivery) {
  const std::size_t sent = delivery.socket.send(delivery.batch);
  for (std::size_t i = 0; i < sent; ++i) {
    Reader& reader = readers_[delivery.sending[i].reader];
    if (reader.cursor < reader.had) {
      reader.past_left -= std::min(reader.past_left, size_of(delivery.batch[i]));
    }
    reader.cursor = delivery.sending[i].up_to;
  }
  const bool all = sent == delivery.batch.size();
  resume_at_ = all ? 0 : delivery.sending[sent].reader;
  delivery.batch.clear();
  delivery.sending.clear();
  // The last may still be in use: `deliver_to` may be sending it.
  while (delivery.own.size() > 1) delivery.own.pop_front();
  return all;
}

}  // namespace palabre::server
