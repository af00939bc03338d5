#include "app/serve/log.h"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <string_view>

#include "wire/clean.h"

namespace palabre::app {
namespace {

class CleanSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit CleanSink(std::FILE* stream) : stream_(stream) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view said(message.payload.data(), message.payload.size());
    const std::string safe = wire::indent_continuations(wire::clean(said).text);
    spdlog::details::log_msg clean_message(message);
    clean_message.payload = safe;
    spdlog::memory_buf_t line;
    formatter_->format(clean_message, line);
    std::fwrite(line.data(), 1, line.size(), stream_);
  }
  void flush_() override { std::fflush(stream_); }

  std::FILE* stream_;
};

}  // namespace

std::shared_ptr<spdlog::logger> open_log(std::FILE* stream, const std::string& level) {
  auto log = std::make_shared<spdlog::logger>("palabre", std::make_shared<CleanSink>(stream));
  log->set_pattern("%Y-%m-%d %H:%M:%S %-5l %v");
  log->set_level(spdlog::level::from_str(level));
  log->flush_on(spdlog::level::trace);
  return log;
}

}  // namespace palabre::app
