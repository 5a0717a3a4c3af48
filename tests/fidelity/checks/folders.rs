//! `/api/contents`: folders and file names.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::checks::contents::{file, notebook};
use crate::sides::Side;

/// The names in a folder, in order.
async fn names(side: &Side, folder: &str) -> Value {
    let listed = side.get(&side.contents(folder)).await.with(200);
    let mut names: Vec<String> = listed["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["type"].as_str().unwrap(), one["name"].as_str().unwrap()))
        .collect();
    names.sort();
    json!(names)
}

pub async fn a_folder(side: Side) -> Value {
    side.write("a.txt", "a");
    side.write("b.ipynb", notebook().to_string());
    side.write("sub/c.csv", "n\n1\n");
    let mut listed = side.get(&side.contents("")).await.with(200);
    listed["content"].as_array_mut().unwrap().sort_by_key(|one| one["name"].to_string());
    listed
}

pub async fn a_folder_without_its_content(side: Side) -> Value {
    side.write("sub/c.csv", "n\n1\n");
    let without = side.get(&format!("{}?content=0", side.contents("sub"))).await.seen();
    let hash = side.get(&format!("{}?content=0&hash=1", side.contents("sub/c.csv"))).await.seen();
    json!([without, hash, side.get("/api/contents/?content=0").await.body["type"]])
}

pub async fn new_and_untitled(side: Side) -> Value {
    let mut seen = Vec::new();
    for asked in [
        json!({ "type": "notebook" }),
        json!({ "type": "notebook" }),
        json!({ "type": "file" }),
        json!({ "type": "file", "ext": ".md" }),
        json!({ "type": "directory" }),
        json!({}),
    ] {
        let answer = side.post(&side.contents(""), &asked).await;
        seen.push(json!([answer.seen(), answer.header("location")]));
    }
    seen.push(names(&side, "").await);
    seen.into()
}

pub async fn odd_names(side: Side) -> Value {
    let mut seen = Vec::new();
    for name in [
        "with space.txt",
        "100%.txt",
        "%41.txt",
        "a#b.txt",
        "q?x=1.txt",
        "a+b&c=d.txt",
        "'\"`.txt",
        "[x]{y}.txt",
        "ü👩🏽‍🔬.txt",
        "e\u{301}.txt",
        "semi;colon.txt",
        "back\\slash.txt",
        "trailing .txt ",
        "a:b.txt",
        "-dash",
        "~tilde",
    ] {
        let saved = side.put(&side.contents(name), &file(name, "text")).await;
        let read = side.get(&side.contents(name)).await;
        let on_disk = std::fs::read_to_string(side.folder().join(name)).ok();
        seen.push(json!([name, saved.status, saved.body["path"], read.body["content"], on_disk]));
    }
    seen.push(names(&side, "").await);
    seen.into()
}

pub async fn files_are_renamed_and_moved(side: Side) -> Value {
    side.write("before.txt", "b");
    side.write("taken.txt", "t");
    side.write("sub/x.txt", "");
    let renamed = side.patch(&side.contents("before.txt"), &json!({ "path": side.path("after ü%.txt") })).await;
    let moved = side.patch(&side.contents("after ü%.txt"), &json!({ "path": side.path("sub/after.txt") })).await;
    let onto = side.patch(&side.contents("sub/after.txt"), &json!({ "path": side.path("taken.txt") })).await;
    let none = side.patch(&side.contents("none.txt"), &json!({ "path": side.path("x.txt") })).await;
    let folder = side.patch(&side.contents("sub"), &json!({ "path": side.path("sub 2") })).await;
    let nowhere = side.patch(&side.contents("taken.txt"), &json!({ "path": side.path("no/such/x.txt") })).await;
    json!([
        renamed.seen(),
        moved.seen(),
        onto.shape(),
        none.shape(),
        folder.shape(),
        nowhere.shape(),
        names(&side, "").await
    ])
}

pub async fn files_are_copied(side: Side) -> Value {
    side.write("n.ipynb", notebook().to_string());
    side.write("sub/x.txt", "x");
    let mut seen = Vec::new();
    for (to, from) in
        [("", "n.ipynb"), ("", "n.ipynb"), ("sub", "n.ipynb"), ("", "sub/x.txt"), ("", "none.txt"), ("", "sub")]
    {
        let answer = side.post(&side.contents(to), &json!({ "copy_from": side.path(from) })).await;
        seen.push(json!([answer.status, answer.body["path"]]));
    }
    seen.push(names(&side, "").await);
    seen.push(names(&side, "sub").await);
    seen.into()
}

pub async fn files_are_deleted(side: Side) -> Value {
    side.write("gone.txt", "");
    side.write("full/x.txt", "");
    std::fs::create_dir(side.folder().join("empty")).unwrap();
    side.hand_over(&side.folder().join("empty"));
    let mut seen = Vec::new();
    for name in ["gone.txt", "gone.txt", "empty", "full"] {
        seen.push(json!([name, side.delete(&side.contents(name)).await.status]));
    }
    seen.push(names(&side, "").await);
    seen.into()
}

pub async fn hidden_files(side: Side) -> Value {
    side.write(".env", "SECRET=1");
    side.write(".config/x.toml", "");
    side.write("seen.txt", "");
    let listed = names(&side, "").await;
    let read = side.get(&side.contents(".env")).await.status;
    let inside = side.get(&side.contents(".config/x.toml")).await.status;
    let saved = side.put(&side.contents(".gitignore"), &file("x", "text")).await.status;
    json!({ "listed": listed, "read": read, "inside": inside, "saved": saved })
}

pub async fn links(side: Side) -> Value {
    side.write("real/data.txt", "linked");
    symlink("real/data.txt", side.folder().join("relative.txt")).unwrap();
    symlink("real", side.folder().join("linked")).unwrap();
    symlink("nowhere", side.folder().join("dangling.txt")).unwrap();
    symlink("/etc/hostname", side.folder().join("outside.txt")).unwrap();
    let mut seen = vec![names(&side, "").await];
    for name in ["relative.txt", "linked/data.txt", "dangling.txt"] {
        let answer = side.get(&side.contents(name)).await;
        seen.push(json!([name, answer.status, answer.body["content"]]));
    }
    seen.push(side.put(&side.contents("relative.txt"), &file("by the link", "text")).await.status.into());
    seen.push(std::fs::read_to_string(side.folder().join("real/data.txt")).unwrap().into());
    seen.push(side.get(&side.contents("outside.txt")).await.status.into());
    seen.into()
}

pub async fn an_absolute_link_into_the_folder(side: Side) -> Value {
    side.write("real.txt", "linked");
    symlink(side.folder().join("real.txt"), side.folder().join("absolute.txt")).unwrap();
    side.get(&side.contents("absolute.txt")).await.status.into()
}

pub async fn a_folder_of_a_thousand_files(side: Side) -> Value {
    for number in 0..1000 {
        std::fs::write(side.folder().join(format!("{number}.txt")), "").unwrap();
    }
    names(&side, "").await.as_array().unwrap().len().into()
}
