import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { taskServices } from "./task-services.ts";
import { detail, openButton, says, taskRow, type VisitOptions, visits } from "./visit.ts";

const visit = visits();

const visitTasks = async (options: VisitOptions = {}) => {
  const services = taskServices();
  return { services, ...(await visit({ path: "/tasks", answers: services.answers, ...options })) };
};
const submit = (page: Page) => page.getByRole("button", { name: "Submit the task", exact: true });

describe("the list of tasks", () => {
  it("says in a sentence what runs and what waits for what", async () => {
    const { page, complaints } = await visitTasks();
    await says(page, "1 task runs, 1 waits (./train --epochs 4: needs a GPU: 0 of 9 nodes have one free; 2 full of tasks)");
    await taskRow(page, "t-79").waitFor();
    expect(complaints).toEqual([]);
  });

  it("is narrowed by status and device, the address follows, and a reload shows the same", async () => {
    const { page } = await visitTasks();
    await page.getByLabel("Status").selectOption("failed");
    await taskRow(page, "t-81").waitFor({ state: "detached" });
    await taskRow(page, "t-79").waitFor();
    expect(new URL(page.url()).hash).toBe("#status=failed");
    await page.getByLabel("Device").selectOption("pi-3");
    await page.getByText("No task on pi-3 is failed.").waitFor();
    await page.reload();
    await page.getByText("No task on pi-3 is failed.").waitFor();
    await page.getByRole("button", { name: "Show all tasks" }).click();
    await taskRow(page, "t-81").waitFor();
  });

  it("keeps the place of a task that ends, and shows a new one on top", async () => {
    const { hub, page } = await visitTasks();
    await taskRow(page, "t-81").waitFor();
    const order = () => page.locator(".tasks .row").evaluateAll((rows) => rows.map(({ id }) => id));
    const before = await order();
    const task = hub.world.tasks.get("t-81");
    if (task === undefined) throw new Error("there is a task t-81");
    await hub.setTask({ ...task, version: 2, status: "succeeded", reason: "exited with code 0 on pi-2", finishedAtMs: Date.now() });
    await taskRow(page, "t-81").getByText("succeeded").waitFor();
    expect(await order()).toEqual(before);
    await hub.setTask({ ...task, id: "t-83", createdAtMs: Date.now() + 1_000 });
    await taskRow(page, "t-83").waitFor();
    expect(await order()).toEqual(["task-t-83", ...before]);
  });

  it("opens a task in place, which leads to its own page", async () => {
    const { page } = await visitTasks();
    await openButton(page, "task", "t-81").click();
    expect(new URL(page.url()).hash).toBe("#task=t-81");
    await detail(page, "t-81").getByRole("link", { name: "Why, its course and how to cancel it" }).click();
    await says(page, /^python3 detect\.py runs on pi-2, the best of 2, since \d\d:\d\d:\d\d$/);
  });
});

describe("submitting a task", () => {
  it("shows the same command line while the form is filled in, and leads to the task", async () => {
    const { page, services } = await visitTasks();
    await page.getByRole("button", { name: "Submit a task" }).click();
    await page.getByLabel("Command").fill("python3 detect.py --label 'a b'");
    await page.getByLabel("Where").selectOption("device:pi-2");
    await page.getByLabel("Memory").fill("256MiB");
    await page.getByLabel("Priority").selectOption("9");
    await page.getByLabel("Needs a GPU").check();
    await page.getByLabel("At most once").check();
    await page.getByText("npx fogline task run --on pi-2 --gpu --memory 256MiB --priority 9 --once -- python3 detect.py --label 'a b'").waitFor();
    await submit(page).click();
    await page.locator('a[href="/tasks/t-90"]').waitFor();
    expect(services.submitted.map(({ spec }) => spec)).toMatchObject([
      {
        command: ["python3", "detect.py", "--label", "a b"],
        node: "pi-2",
        memoryBytes: 268_435_456,
        priority: 9,
        gpu: true,
        duplicates: "forbidden",
      },
    ]);
  });

  it("says at the field what is not right, and sends nothing", async () => {
    const { page, services } = await visitTasks({ path: "/tasks#submit=task" });
    await page.getByLabel("Memory").fill("much");
    await submit(page).click();
    await page.getByText("what shall run? for example: uname -a").waitFor();
    await page.getByText("write it like 256MiB").waitFor();
    expect(await page.getByLabel("Command").getAttribute("aria-invalid")).toBe("true");
    expect(services.submitted).toEqual([]);
  });

  it("shows what the hub finds wrong at the field it is about", async () => {
    const { page } = await visitTasks({ path: "/tasks#submit=task" });
    await page.getByLabel("Command").fill("true");
    await page.getByLabel("Image").fill("x".repeat(600));
    await submit(page).click();
    await page.getByText("Nothing was made: see above.").waitFor();
    expect(await page.getByRole("textbox", { name: "Image" }).getAttribute("aria-invalid")).toBe("true");
  });

  it("makes one task of a double click, and of a repetition after a lost answer", async () => {
    const { hub, page, services } = await visitTasks({ path: "/tasks#submit=task" });
    await page.getByLabel("Command").fill("true");
    services.loseNext = true;
    await submit(page).dblclick();
    await page.getByText("No answer came, so it is not known whether the task was made. Submitting this form again makes one, never two.").waitFor();
    await submit(page).click();
    await page.locator('a[href="/tasks/t-90"]').waitFor();
    expect(new Set(services.submitted.map(({ key }) => key)).size).toBe(1);
    expect([...hub.world.tasks.keys()].filter((id) => id.startsWith("t-9"))).toEqual(["t-90"]);
  });

  it("makes another task once the form says something else", async () => {
    const { page, services } = await visitTasks({ path: "/tasks#submit=task" });
    await page.getByLabel("Command").fill("true");
    await submit(page).click();
    await page.locator('a[href="/tasks/t-90"]').waitFor();
    await page.getByLabel("Command").fill("false");
    await submit(page).click();
    await page.locator('a[href="/tasks/t-91"]').waitFor();
    expect(new Set(services.submitted.map(({ key }) => key)).size).toBe(2);
  });

  it("warns that a command runs without a shell", async () => {
    const { page } = await visitTasks({ path: "/tasks#submit=task" });
    await page.getByLabel("Command").fill("ls | wc");
    await page.getByText("It runs without a shell, so | is an argument like any other. For a shell: sh -c '…'").waitFor();
  });
});

describe("the page of a task", () => {
  it("says why it is there: scores, refusals with their next step, and what happens if the device fails", async () => {
    const { page, complaints } = await visitTasks({ path: "/tasks/t-81" });
    await says(page, /^python3 detect\.py runs on pi-2, the best of 2, since/);
    await page.getByText("If pi-2 is lost, it runs again on jetson-1.").waitFor();
    await page.getByRole("row", { name: "pi-2, chosen" }).getByText("×1.20").waitFor();
    const refusal = page.getByRole("listitem").filter({ hasText: "gate-phone" });
    expect(await refusal.textContent()).toContain("has 18 % battery");
    expect(await page.getByRole("listitem").filter({ hasText: "hall-sensor" }).textContent()).toContain("or ask for less memory");
    expect(complaints).toEqual([]);
  });

  it("tells its course from the submission through its moves", async () => {
    const { page } = await visitTasks({ path: "/tasks/t-81" });
    const course = page.getByRole("list", { name: "Course" });
    await course.getByText("left jetson-2 for pi-2: jetson-2 is hot: 83 °C").waitFor();
    expect(await course.getByRole("listitem").count()).toBe(3);
  });

  it("shows of a task that waits how every device refuses it now", async () => {
    const { page } = await visitTasks({ path: "/tasks/t-82" });
    await says(page, "./train --epochs 4 waits: needs a GPU");
    await page.getByText("Every device refused").waitFor();
  });

  it("cancels after asking once, and says what happened", async () => {
    const { hub, page } = await visitTasks({ path: "/tasks/t-81" });
    await page.getByText("npx fogline task cancel t-81").waitFor();
    await page.getByRole("button", { name: "Cancel this task …" }).click();
    await page.getByText("pi-2 is asked to end it. What it wrote so far is kept.").waitFor();
    await page.getByRole("button", { name: "Cancel this task", exact: true }).click();
    await says(page, "python3 detect.py was cancelled: cancelled by ada");
    expect(hub.world.tasks.get("t-81")?.status).toBe("cancelled");
  });

  it("of a task that nobody knows says so", async () => {
    const { page } = await visitTasks({ path: "/tasks/t-0" });
    await says(page, "There is no task t-0.");
  });
});
