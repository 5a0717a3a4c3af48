//! Checkpoints of a notebook.

use serde_json::{Value, json};

use crate::sides::Side;

fn file(content: &str) -> Value {
    json!({ "type": "file", "format": "text", "content": content })
}

async fn made(side: &Side, name: &str) -> String {
    let answer = side.post(&format!("{}/checkpoints", side.contents(name)), &json!({})).await.with(201);
    answer["id"].as_str().unwrap().to_owned()
}

pub async fn a_checkpoint_is_made_and_listed(side: Side) -> Value {
    side.write("c.txt", "1");
    let path = format!("{}/checkpoints", side.contents("c.txt"));
    let before = side.get(&path).await.seen();
    let made = side.post(&path, &json!({})).await;
    let after = side.get(&path).await.seen();
    json!([before, made.seen(), made.header("location"), after])
}

pub async fn a_checkpoint_is_restored(side: Side) -> Value {
    side.write("r ü.txt", "first");
    let id = made(&side, "r ü.txt").await;
    side.put(&side.contents("r ü.txt"), &file("second")).await.with(200);
    let restored = side.post(&format!("{}/checkpoints/{id}", side.contents("r ü.txt")), &json!({})).await;
    assert_eq!(std::fs::read_to_string(side.folder().join("r ü.txt")).unwrap(), "first");
    restored.seen()
}

pub async fn checkpoints_of_two_files_with_one_name(side: Side) -> Value {
    side.write("one/n.txt", "one");
    side.write("two/n.txt", "two");
    let (one, two) = (made(&side, "one/n.txt").await, made(&side, "two/n.txt").await);
    for name in ["one/n.txt", "two/n.txt"] {
        side.put(&side.contents(name), &file("changed")).await.with(200);
    }
    for (name, id) in [("one/n.txt", one), ("two/n.txt", two)] {
        side.post(&format!("{}/checkpoints/{id}", side.contents(name)), &json!({})).await;
    }
    let read = |name: &str| std::fs::read_to_string(side.folder().join(name)).unwrap();
    assert_eq!((read("one/n.txt").as_str(), read("two/n.txt").as_str()), ("one", "two"));
    json!([read("one/n.txt"), read("two/n.txt")])
}

pub async fn checkpoints_follow_a_rename(side: Side) -> Value {
    side.write("before.txt", "first");
    let id = made(&side, "before.txt").await;
    side.patch(&side.contents("before.txt"), &json!({ "path": side.path("after.txt") })).await.with(200);
    side.put(&side.contents("after.txt"), &file("second")).await.with(200);
    let listed = side.get(&format!("{}/checkpoints", side.contents("after.txt"))).await.seen();
    let restored = side.post(&format!("{}/checkpoints/{id}", side.contents("after.txt")), &json!({})).await.status;
    assert_eq!(std::fs::read_to_string(side.folder().join("after.txt")).unwrap(), "first");
    json!([listed, restored])
}

pub async fn a_checkpoint_is_deleted(side: Side) -> Value {
    side.write("d.txt", "1");
    let id = made(&side, "d.txt").await;
    let path = format!("{}/checkpoints", side.contents("d.txt"));
    let deleted = side.delete(&format!("{path}/{id}")).await.seen();
    let again = side.delete(&format!("{path}/{id}")).await.status;
    json!([deleted, again, side.get(&path).await.seen()])
}

pub async fn missing_checkpoints(side: Side) -> Value {
    side.write("n.txt", "1");
    let restore = side.post(&format!("{}/checkpoints/none", side.contents("n.txt")), &json!({})).await.status;
    let of_none = side.post(&format!("{}/checkpoints", side.contents("none.txt")), &json!({})).await.status;
    json!([restore, of_none])
}
