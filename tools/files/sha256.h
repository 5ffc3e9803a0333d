#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "framework/error.h"

struct evp_md_ctx_st;  // of OpenSSL

namespace fno {

using Sha256Digest = std::array<std::byte, 32>;

/// SHA-256 of bytes given piece by piece. After finish() the object is spent.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  [[nodiscard]] Sha256Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

[[nodiscard]] Sha256Digest sha256(std::span<const std::byte> bytes);

/// 64 lower-case digits.
[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);

/// The same of a file, read in pieces. Errors of the given kind: missing, not a regular file, unreadable.
[[nodiscard]] std::string sha256_hex_of_file(const std::string& path, ErrorKind kind = ErrorKind::data);

}  // namespace fno
