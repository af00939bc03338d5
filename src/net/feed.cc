#include "net/feed.h"

#include <algorithm>
#include <utility>

#include "chat/event.h"
#include "wire/text.h"

namespace palabre::net {
namespace {

iovec part_of(const std::string& bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};  // sendmsg does not write
}

}  // namespace

/// One call of `deliver`: what is due from each cursor, cut into datagrams once and shared by all
/// who stand there, and the batch being filled.
struct Feed::Delivery {
  Delivery(DatagramSocket& to, std::vector<chat::SessionId> due_authors, std::size_t batch_size)
      : socket(to), authors(std::move(due_authors)) {
    batch.reserve(batch_size);
    sending.reserve(batch_size);
  }

  DatagramSocket& socket;
  std::vector<chat::SessionId> authors;  // sorted; these are sent chunks of their own
  std::map<chat::Number, Chunks> shared;
  std::string no_gap;
  std::deque<Chunks> own;  // of this batch, as are the notices
  std::deque<std::string> gap_notices;
  std::vector<Outbound> batch;
  std::vector<Sending> sending;
};

void Feed::push(chat::Number number, chat::SessionId author, std::string line) {
  tail_size_ += line.size();
  tail_.push_back(Line{author, std::move(line)});
  last_ = number;
  while (tail_size_ > sizes_.tail_bytes && tail_.size() > 1) {
    tail_size_ -= tail_.front().bytes.size();
    tail_.pop_front();
  }
}

void Feed::add_reader(chat::SessionId session, const Path& path) {
  index_.emplace(session, readers_.size());
  readers_.push_back(Reader{session, path, last_});
}

void Feed::set_path(chat::SessionId session, const Path& path) {
  readers_[index_.at(session)].path = path;
}

Feed::Due Feed::remove_reader(chat::SessionId session) {
  const std::size_t at = index_.at(session);
  Due due{{readers_[at].cursor.value + 1}, last_, {}};
  std::string gap_notice;
  for (const Chunk& chunk : chunks_for(session, readers_[at].cursor, gap_notice)) {
    std::string& datagram = due.datagrams.emplace_back();
    for (const iovec& part : chunk.parts) {
      datagram.append(static_cast<const char*>(part.iov_base), part.iov_len);
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

Feed::Chunks Feed::chunks_for(chat::SessionId reader, chat::Number cursor,
                              std::string& gap_notice) const {
  Chunks chunks;
  std::size_t bytes = 0;
  const auto add = [&](iovec part, chat::Number number) {
    if (chunks.empty() || bytes + part.iov_len > wire::kPlainDatagramBytes) {
      chunks.emplace_back();
      bytes = 0;
    }
    chunks.back().parts.push_back(part);
    chunks.back().up_to = number;
    bytes += part.iov_len;
  };
  const chat::Number before_tail{last_.value - tail_.size()};
  if (cursor < before_tail) {
    gap_notice = wire::encode_notice(chat::Gap{{cursor.value + 1}, before_tail});
    add(part_of(gap_notice), before_tail);
    cursor = before_tail;
  }
  for (std::size_t i = cursor.value - before_tail.value; i < tail_.size(); ++i) {
    const chat::Number number{before_tail.value + i + 1};
    if (tail_[i].author != reader) {
      add(part_of(tail_[i].bytes), number);
    } else if (!chunks.empty()) {
      chunks.back().up_to = number;
    }
  }
  return chunks;
}

std::vector<chat::SessionId> Feed::authors_in_tail() const {
  std::vector<chat::SessionId> authors;
  for (const Line& line : tail_) authors.push_back(line.author);
  std::sort(authors.begin(), authors.end());
  authors.erase(std::unique(authors.begin(), authors.end()), authors.end());
  return authors;
}

bool Feed::deliver(DatagramSocket& socket) {
  Delivery delivery(socket, authors_in_tail(), sizes_.batch);
  const std::size_t count = readers_.size();
  const std::size_t first = resume_at_;  // a flush on the way moves it
  for (std::size_t i = 0; i < count; ++i) {
    if (!deliver_to((first + i) % count, delivery)) return false;
  }
  if (!flush(delivery)) return false;
  tail_.clear();
  tail_size_ = 0;
  return true;
}

bool Feed::deliver_to(std::size_t index, Delivery& delivery) {
  Reader& reader = readers_[index];
  if (reader.cursor == last_) return true;
  const Chunks* chunks = nullptr;
  const bool has_own =
      std::binary_search(delivery.authors.begin(), delivery.authors.end(), reader.session);
  const bool has_gap = reader.cursor.value + tail_.size() < last_.value;
  if (has_own || has_gap) {
    std::string& notice = delivery.gap_notices.emplace_back();
    chunks = &delivery.own.emplace_back(chunks_for(reader.session, reader.cursor, notice));
  } else {
    const auto [known, is_new] = delivery.shared.try_emplace(reader.cursor);
    if (is_new) known->second = chunks_for(reader.session, reader.cursor, delivery.no_gap);
    chunks = &known->second;
  }
  if (chunks->empty()) reader.cursor = last_;  // nothing but its own
  for (const Chunk& chunk : *chunks) {
    delivery.batch.push_back(Outbound{&reader.path, chunk.parts});
    delivery.sending.push_back(Sending{index, chunk.up_to});
    if (delivery.batch.size() == sizes_.batch && !flush(delivery)) return false;
  }
  return true;
}

bool Feed::flush(Delivery& delivery) {
  const std::size_t sent = delivery.socket.send(delivery.batch);
  for (std::size_t i = 0; i < sent; ++i) {
    readers_[delivery.sending[i].reader].cursor = delivery.sending[i].up_to;
  }
  const bool all = sent == delivery.batch.size();
  resume_at_ = all ? 0 : delivery.sending[sent].reader;
  delivery.batch.clear();
  delivery.sending.clear();
  // The last may be on its way into datagrams right now.
  while (delivery.own.size() > 1) delivery.own.pop_front();
  while (delivery.gap_notices.size() > 1) delivery.gap_notices.pop_front();
  return all;
}

}  // namespace palabre::net
