#include "link/pipe.h"

#include <algorithm>
#include <utility>

namespace palabre::link {

Pipe::Pipe(const Options& options) : options_(options) {
  for (const Side side : {Side::kServer, Side::kClient}) {
    End& end = at(side);
    end.pipe_ = this;
    end.side_ = side;
    end.window_ = options.window;
    end.credit_ = options.window;
  }
}

void Pipe::open(Side side, Instant now) {
  End& end = at(side);
  if (end.user_ == nullptr) return;
  end.is_open_ = true;
  end.user_->on_open(end, now);
  work(other(side));
}

bool Pipe::can_carry(Side from) const {
  const End& end = ends_[index(from)];
  const bool has_bytes = !end.out_.empty() && end.credit_ > 0;
  const bool is_closing = end.out_.empty() && end.closing_;
  return ends_[index(other(from))].is_open_ && (has_bytes || is_closing);
}

void Pipe::carry(Side from, std::size_t most, Instant now) {
  if (!can_carry(from)) return;
  End& end = at(from);
  End& to = at(other(from));
  if (end.out_.empty()) {
    const LinkUser::Closed own = *end.closing_;
    LinkUser::Closed how = own;
    how.by_peer = true;
    finish(to.side_, how, now);
    return finish(from, own, now);
  }
  const std::string bytes = end.out_.substr(0, std::min(most, end.credit_));
  end.out_.erase(0, bytes.size());
  // The user of a closed end consumes nothing more: that must not keep the other end's close back.
  if (!to.closing_) end.credit_ -= bytes.size();
  if (to.hears() && !bytes.empty()) to.user_->on_bytes(to, bytes, now);
  tell_of_room(end, now);
  work(from);
}

void Pipe::tell_of_room(End& end, Instant now) {
  if (!end.was_full_ || end.out_.size() >= end.window_) return;
  end.was_full_ = false;
  if (end.hears()) end.user_->on_room(end, now);
}

void Pipe::move(const Address& client, Instant now) {
  options_.client = client;
  End& end = at(Side::kServer);
  if (end.hears()) end.user_->on_moved(end, now);
}

void Pipe::finish(Side side, const LinkUser::Closed& how, Instant now) {
  End& end = at(side);
  const bool was_open = std::exchange(end.is_open_, false);
  LinkUser* const user = std::exchange(end.user_, nullptr);
  if (was_open && user != nullptr) user->on_closed(end, how, now);
}

void Pipe::set_window(Side from, std::size_t window, Instant now) {
  End& end = at(from);
  end.window_ = window;
  if (end.room() == 0) end.was_full_ = true;
  tell_of_room(end, now);
}

void Pipe::work(Side from) const {
  if (on_work && can_carry(from)) on_work(from);
}

void Pipe::End::send(Chunk bytes) {
  if (closing_) return;
  out_ += *bytes;
  if (room() == 0) was_full_ = true;
  pipe_->work(side_);
}

std::size_t Pipe::End::room() const { return out_.size() < window_ ? window_ - out_.size() : 0; }

void Pipe::End::consumed(std::size_t bytes) {
  consumed_ += bytes;
  End& from = pipe_->at(other(side_));
  from.credit_ = std::min(from.window_, from.credit_ + bytes);  // never beyond the window
  pipe_->work(other(side_));
}

void Pipe::End::close(std::uint64_t code, std::string_view why) {
  if (closing_) return;
  closing_ = LinkUser::Closed{false, code, std::string(why)};
  pipe_->work(side_);
}

Address Pipe::End::peer() const {
  return side_ == Side::kServer ? pipe_->options_.client : pipe_->options_.server;
}

}  // namespace palabre::link
