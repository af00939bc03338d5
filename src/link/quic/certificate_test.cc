#include "link/quic/certificate.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "base/private_file.h"
#include "drivers/temporary_folder.h"
#include "link/quic/secret.h"

namespace palabre::link {
namespace {

class CertificateTest : public testing::Test {
 protected:
  std::filesystem::path key() const { return folder / "server.key"; }
  std::filesystem::path crt() const { return folder / "server.crt"; }

  static mode_t mode(const std::filesystem::path& path) {
    struct stat found {};
    return stat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
  }
  static void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  template <typename T>
  static void expect_error(const Result<T>& result, const std::string& part) {
    ASSERT_FALSE(result) << part;
    EXPECT_NE(result.error().sentence.find(part), std::string::npos) << result.error().sentence;
  }

  TemporaryFolder own_folder;
  const std::filesystem::path folder = own_folder.path();
};

TEST_F(CertificateTest, IsMadeAtTheFirstStartAndStays) {
  const auto made = Certificate::load_or_make(folder);
  ASSERT_TRUE(made) << made.error().sentence;
  EXPECT_EQ(mode(key()), 0600U);
  EXPECT_EQ(mode(crt()), 0600U);
  const auto loaded = Certificate::load_or_make(folder);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->pin, made->pin);
  EXPECT_EQ(loaded->certificate_pem, made->certificate_pem);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 2)
      << "nothing unfinished is left";
}

TEST_F(CertificateTest, KeepsItsPinWhenOnlyTheCertificateIsLost) {
  const Pin pin = Certificate::load_or_make(folder)->pin;
  std::filesystem::remove(crt());
  write(folder / "server.crt.new", "of a start that was cut off");
  const auto again = Certificate::load_or_make(folder);
  ASSERT_TRUE(again) << again.error().sentence;
  EXPECT_EQ(again->pin, pin);
}

TEST_F(CertificateTest, IsNotMadeAnewInSilenceWhereTheKeyIsLost) {
  ASSERT_TRUE(Certificate::load_or_make(folder));
  std::filesystem::remove(key());
  expect_error(Certificate::load_or_make(folder), "server.key is missing");
}

TEST_F(CertificateTest, IsRefusedWhereOthersMayReadTheKey) {
  ASSERT_TRUE(Certificate::load_or_make(folder));
  for (const mode_t open : {0640U, 0604U, 0666U}) {
    chmod(key().c_str(), open);
    expect_error(Certificate::load_or_make(folder), "chmod 600");
  }
  chmod(key().c_str(), 0640);
  EXPECT_TRUE(Certificate::load(key(), crt())) << "one's own may be its group's";
  chmod(key().c_str(), 0644);
  expect_error(Certificate::load(key(), crt()), "chmod 600");
}

TEST_F(CertificateTest, IsRefusedWhereKeyAndCertificateAreStrangers) {
  ASSERT_TRUE(Certificate::load_or_make(folder));
  ASSERT_TRUE(write_private_file(key(), Certificate::ephemeral().key_pem));
  expect_error(Certificate::load_or_make(folder), "is not the key of");
}

TEST_F(CertificateTest, IsRefusedWhereAFileIsSomethingElse) {
  ASSERT_TRUE(Certificate::load_or_make(folder));
  const std::string good = Certificate::load_or_make(folder)->key_pem;
  for (const std::string& bad : {std::string(), std::string("hello"), good.substr(0, 100)}) {
    ASSERT_TRUE(write_private_file(key(), bad));
    expect_error(Certificate::load_or_make(folder), "no private key in PEM");
  }
  ASSERT_TRUE(write_private_file(key(), std::string(70'000, 'x')));
  expect_error(Certificate::load_or_make(folder), "longer than 64 KiB");
  ASSERT_TRUE(write_private_file(key(), good));
  ASSERT_TRUE(write_private_file(crt(), "hello"));
  expect_error(Certificate::load_or_make(folder), "no certificate in PEM");
  expect_error(Certificate::load(folder / "nobody", crt()), "is missing");
  expect_error(Certificate::load(key(), folder / "nobody"), "is missing");
  expect_error(Certificate::load(folder, crt()), "is not a regular file");
  expect_error(Certificate::load_or_make(folder / "nowhere"), "nowhere");
}

TEST_F(CertificateTest, IsAnotherEachTimeWhereNothingIsKept) {
  EXPECT_NE(Certificate::ephemeral().pin, Certificate::ephemeral().pin);
}

TEST_F(CertificateTest, LiesBesideASecretThatStays) {
  const auto made = QuicSecret::load_or_make(folder);
  ASSERT_TRUE(made) << made.error().sentence;
  EXPECT_EQ(mode(folder / "quic.secret"), 0600U);
  EXPECT_EQ(QuicSecret::load_or_make(folder)->bytes, made->bytes);
  chmod((folder / "quic.secret").c_str(), 0644);
  expect_error(QuicSecret::load_or_make(folder), "chmod 600");
  ASSERT_TRUE(write_private_file(folder / "quic.secret", "short"));
  expect_error(QuicSecret::load_or_make(folder), "holds 5 bytes");
}

}  // namespace
}  // namespace palabre::link
