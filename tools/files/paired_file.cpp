#include "tools/files/paired_file.h"

#include <array>

namespace fno {
namespace {

class PairedFile : public ArrayFile {
 public:
  PairedFile(std::unique_ptr<ArrayFile> x_file, const std::string& x, std::unique_ptr<ArrayFile> y_file,
             const std::string& y)
      : path_(x_file->path() + " with " + y_file->path()),
        names_{x, y},
        parts_{part(std::move(x_file), x), part(std::move(y_file), y)} {}

  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept override { return names_; }
  [[nodiscard]] bool contains(std::string_view name) const override { return name == names_[0] || name == names_[1]; }
  [[nodiscard]] ArrayInfo info(std::string_view name) const override {
    ArrayInfo info = of(name).file->info(of(name).name);
    info.name = name;
    return info;
  }
  [[nodiscard]] HostArray read(std::string_view name) const override { return of(name).file->read(of(name).name); }
  [[nodiscard]] HostArray read_range(std::string_view name, std::int64_t first, std::int64_t count) const override {
    return of(name).file->read_range(of(name).name, first, count);
  }
  [[nodiscard]] std::vector<std::byte> raw(std::string_view name) const override {
    return of(name).file->raw(of(name).name);
  }

 private:
  struct Part {
    std::unique_ptr<ArrayFile> file;
    std::string name;  // in the file
  };
  static Part part(std::unique_ptr<ArrayFile> file, const std::string& name) {
    const std::vector<std::string>& names = file->names();
    std::string there = name;
    if (!file->contains(name)) {
      if (names.size() != 1) fail_missing(file->path(), name, names);
      there = names.front();
    }
    return {std::move(file), std::move(there)};
  }
  [[nodiscard]] const Part& of(std::string_view name) const {
    if (!contains(name)) fail_missing(path_, name, names_);
    return parts_[name == names_[0] ? 0 : 1];
  }

  std::string path_;
  std::vector<std::string> names_;
  std::array<Part, 2> parts_;
};

}  // namespace

std::unique_ptr<ArrayFile> paired(std::unique_ptr<ArrayFile> x_file, const std::string& x,
                                  std::unique_ptr<ArrayFile> y_file, const std::string& y) {
  return std::make_unique<PairedFile>(std::move(x_file), x, std::move(y_file), y);
}

}  // namespace fno
