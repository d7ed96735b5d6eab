<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_TW" sourcelanguage="en">
    <context>
        <name />
        <message>
            <source>Keyword spotting</source>
            <translation>關鍵詞辨識</translation>
        </message>
        <message>
            <source>Hears a few spoken words, such as yes, no, stop, go.</source>
            <translation>聽懂幾個口語單字，例如 yes、no、stop、go。</translation>
        </message>
        <message>
            <source>10 words · 1 s of sound at 16 kHz</source>
            <translation>10 個單字 · 1 秒 16 kHz 聲音</translation>
        </message>
        <message>
            <source>Image classification</source>
            <translation>影像分類</translation>
        </message>
        <message>
            <source>Says which digit a small picture shows.</source>
            <translation>說出小圖片裡是哪個數字。</translation>
        </message>
        <message>
            <source>10 digits · 8 × 8 grey</source>
            <translation>10 個數字 · 8 × 8 灰階</translation>
        </message>
        <message>
            <source>Anomalous sound</source>
            <translation>異常聲音</translation>
        </message>
        <message>
            <source>Notices when a machine starts to sound wrong.</source>
            <translation>機器聲音開始不對勁時會察覺。</translation>
        </message>
        <message>
            <source>machine hum with faults</source>
            <translation>含故障的機器嗡鳴聲</translation>
        </message>
        <message>
            <source>Train the network</source>
            <translation>訓練網路</translation>
        </message>
        <message>
            <source>supervised training</source>
            <translation>監督式訓練</translation>
        </message>
        <message>
            <source>It sees the examples again and again until it stops getting better.</source>
            <translation>反覆看範例，直到不再進步為止。</translation>
        </message>
        <message>
            <source>Prune weak channels</source>
            <translation>剪除較弱的通道</translation>
        </message>
        <message>
            <source>L1 filter pruning</source>
            <translation>L1 濾波器剪枝</translation>
        </message>
        <message>
            <source>Remove dead filters</source>
            <translation>移除無效濾波器</translation>
        </message>
        <message>
            <source>exact</source>
            <translation>相同</translation>
        </message>
        <message>
            <source>Removes the filters that give the same output for every input. No answer changes.</source>
            <translation>移除對任何輸入都給相同輸出的濾波器。答案不變。</translation>
        </message>
        <message>
            <source>Learn from a teacher</source>
            <translation>向教師學習</translation>
        </message>
        <message>
            <source>distillation</source>
            <translation>知識蒸餾</translation>
        </message>
        <message>
            <source>A larger network shows how sure it is of each class, and this one imitates it.</source>
            <translation>較大的網路示範它對各類別的把握，這個網路加以模仿。</translation>
        </message>
        <message>
            <source>Practise with whole numbers</source>
            <translation>以整數練習</translation>
        </message>
        <message>
            <source>8-bit aware training</source>
            <translation>8 位元感知訓練</translation>
        </message>
        <message>
            <source>Trains on with the rounding errors of the chip, so that they cost less afterwards.</source>
            <translation>帶著晶片的捨入誤差繼續訓練，之後損失較少。</translation>
        </message>
        <message>
            <source>Taylor filter pruning</source>
            <translation>Taylor 濾波器剪枝</translation>
        </message>
        <message>
            <source>BatchNorm filter pruning</source>
            <translation>BatchNorm 濾波器剪枝</translation>
        </message>
        <message>
            <source>filter pruning</source>
            <translation>濾波器剪枝</translation>
        </message>
        <message>
            <source>Removes the channels that matter least, then trains on to win back the loss.</source>
            <translation>移除最不重要的通道，再繼續訓練補回損失。</translation>
        </message>
        <message>
            <source>Use whole numbers</source>
            <translation>改用整數</translation>
        </message>
        <message>
            <source>INT8 post-training</source>
            <translation>訓練後 INT8 量化</translation>
        </message>
        <message>
            <source>Stores each weight in 1 byte instead of 4, with ranges measured on your examples.</source>
            <translation>每個權重只用 1 個位元組而非 4 個，範圍由你的範例量得。</translation>
        </message>
        <message>
            <source>Spoken words</source>
            <translation>口語單字</translation>
        </message>
        <message>
            <source>Pictures</source>
            <translation>圖片</translation>
        </message>
        <message>
            <source>Unusual sound</source>
            <translation>異常聲音</translation>
        </message>
        <message>
            <source>Vibration</source>
            <translation>振動</translation>
        </message>
        <message>
            <source>stopping</source>
            <translation>停止中</translation>
        </message>
        <message>
            <source>paused</source>
            <translation>已暫停</translation>
        </message>
        <message>
            <source>about {time} left</source>
            <translation>約剩 {time}</translation>
        </message>
        <message>
            <source>running</source>
            <translation>執行中</translation>
        </message>
        <message>
            <source>Asked for: the training ends after its present batch.</source>
            <translation>已提出：訓練會在目前這一批後結束。</translation>
        </message>
        <message>
            <source>Once the first epoch has ended: before that there is no best one.</source>
            <translation>要等第一輪結束：在那之前還沒有最好的結果。</translation>
        </message>
        <message>
            <source>the program stopped</source>
            <translation>程式已停止</translation>
        </message>
        <message>
            <source>not needed</source>
            <translation>不需要</translation>
        </message>
        <message>
            <source>out of date</source>
            <translation>已過期</translation>
        </message>
        <message>
            <source>begun</source>
            <translation>已開始</translation>
        </message>
        <message>
            <source>not run yet</source>
            <translation>尚未執行</translation>
        </message>
        <message>
            <source>choose a model</source>
            <translation>選擇模型</translation>
        </message>
        <message>
            <source>needs a model</source>
            <translation>需要模型</translation>
        </message>
        <message>
            <source>choose a board</source>
            <translation>選擇開發板</translation>
        </message>
        <message>
            <source>all steps are off</source>
            <translation>所有步驟都已關閉</translation>
        </message>
        <message>
            <source>1 step on</source>
            <translation>開啟 1 個步驟</translation>
        </message>
        <message>
            <source>{n} steps on</source>
            <translation>開啟 {n} 個步驟</translation>
        </message>
        <message>
            <source>{n} of {all} layers agree</source>
            <translation>{all} 層中 {n} 層一致</translation>
        </message>
        <message>
            <source>fits</source>
            <translation>放得下</translation>
        </message>
        <message>
            <source>does not fit</source>
            <translation>放不下</translation>
        </message>
        <message>
            <source>connected</source>
            <translation>已連線</translation>
        </message>
        <message>
            <source>{n} bytes differ</source>
            <translation>{n} 個位元組不同</translation>
        </message>
        <message>
            <source>every byte agrees</source>
            <translation>每個位元組一致</translation>
        </message>
        <message>
            <source>row {r}, column {c}, channel {n}</source>
            <translation>第 {r} 列、第 {c} 行、通道 {n}</translation>
        </message>
        <message>
            <source>position {r}, channel {n}</source>
            <translation>位置 {r}、通道 {n}</translation>
        </message>
        <message>
            <source>element {n}</source>
            <translation>元素 {n}</translation>
        </message>
        <message>
            <source>Board</source>
            <translation>開發板</translation>
        </message>
        <message>
            <source>C code</source>
            <translation>C 碼</translation>
        </message>
        <message>
            <source>Reference</source>
            <translation>參考</translation>
        </message>
        <message>
            <source>rounded</source>
            <translation>已捨入</translation>
        </message>
        <message>
            <source>virtual</source>
            <translation>虛擬</translation>
        </message>
        <message>
            <source>on this PC</source>
            <translation>在這台電腦</translation>
        </message>
        <message>
            <source>this PC</source>
            <translation>本機</translation>
        </message>
        <message>
            <source>exact INT8</source>
            <translation>精確 INT8</translation>
        </message>
        <message>
            <source>32-bit float</source>
            <translation>32 位元浮點</translation>
        </message>
        <message>
            <source>float</source>
            <translation>浮點</translation>
        </message>
        <message>
            <source>trained</source>
            <translation>已訓練</translation>
        </message>
        <message>
            <source>Open a model or a project first.</source>
            <translation>請先開啟模型或專案。</translation>
        </message>
        <message>
            <source>Wait for the running job, or stop it.</source>
            <translation>請等目前的工作完成，或停止它。</translation>
        </message>
        <message>
            <source>Next: {action}</source>
            <translation>下一步：{action}</translation>
        </message>
        <message>
            <source>Stop the running job; what is finished is kept</source>
            <translation>停止目前的工作；已完成的部分會保留</translation>
        </message>
        <message>
            <source>It is stopping.</source>
            <translation>正在停止。</translation>
        </message>
        <message>
            <source>Continue the paused job</source>
            <translation>繼續已暫停的工作</translation>
        </message>
        <message>
            <source>Pause the training</source>
            <translation>暫停訓練</translation>
        </message>
        <message>
            <source>Stop this training here and keep the best</source>
            <translation>在此停止訓練並保留最好的結果</translation>
        </message>
        <message>
            <source>Open again: {name}</source>
            <translation>重新開啟：{name}</translation>
        </message>
        <message>
            <source>It is open.</source>
            <translation>已經開啟。</translation>
        </message>
        <message>
            <source>Go to the model</source>
            <translation>前往模型</translation>
        </message>
        <message>
            <source>Go to the boards</source>
            <translation>前往開發板</translation>
        </message>
        <message>
            <source>Go to the recipe: compress</source>
            <translation>前往配方：壓縮</translation>
        </message>
        <message>
            <source>Go to training</source>
            <translation>前往訓練</translation>
        </message>
        <message>
            <source>Go to verification</source>
            <translation>前往驗證</translation>
        </message>
        <message>
            <source>Go to memory: does it fit</source>
            <translation>前往記憶體：放得下嗎</translation>
        </message>
        <message>
            <source>Go to flash and live</source>
            <translation>前往燒錄與即時</translation>
        </message>
        <message>
            <source>Open a model file</source>
            <translation>開啟模型檔案</translation>
        </message>
        <message>
            <source>Open a SavedModel folder</source>
            <translation>開啟 SavedModel 資料夾</translation>
        </message>
        <message>
            <source>Open a project</source>
            <translation>開啟專案</translation>
        </message>
        <message>
            <source>Start from a ready-made task: {task}</source>
            <translation>從現成的任務開始：{task}</translation>
        </message>
        <message>
            <source>Choose the folder of examples</source>
            <translation>選擇範例的資料夾</translation>
        </message>
        <message>
            <source>Undo the last change of the recipe</source>
            <translation>復原配方的上一個變更</translation>
        </message>
        <message>
            <source>Nothing was changed.</source>
            <translation>沒有變更過。</translation>
        </message>
        <message>
            <source>Redo the change of the recipe</source>
            <translation>重做配方的變更</translation>
        </message>
        <message>
            <source>Nothing was undone.</source>
            <translation>沒有復原過。</translation>
        </message>
        <message>
            <source>Edit the budgets</source>
            <translation>編輯預算</translation>
        </message>
        <message>
            <source>Save the report of the verification</source>
            <translation>儲存驗證報告</translation>
        </message>
        <message>
            <source>Verify first.</source>
            <translation>請先驗證。</translation>
        </message>
        <message>
            <source>Run until the model is read</source>
            <translation>執行到讀取模型為止</translation>
        </message>
        <message>
            <source>Run until it is converted</source>
            <translation>執行到轉換完成為止</translation>
        </message>
        <message>
            <source>Run until it is verified</source>
            <translation>執行到驗證完成為止</translation>
        </message>
        <message>
            <source>Run until the memory is planned</source>
            <translation>執行到記憶體規劃完成為止</translation>
        </message>
        <message>
            <source>Run until the firmware is built</source>
            <translation>執行到韌體建置完成為止</translation>
        </message>
        <message>
            <source>Run until the board is flashed</source>
            <translation>執行到開發板燒錄完成為止</translation>
        </message>
        <message>
            <source>Run everything, to the answers of the board</source>
            <translation>全部執行，直到開發板作答</translation>
        </message>
        <message>
            <source>Run until it is trained and compressed</source>
            <translation>執行到訓練與壓縮完成為止</translation>
        </message>
        <message>
            <source>Choose a board first.</source>
            <translation>請先選擇開發板。</translation>
        </message>
        <message>
            <source>Start the search for the best network</source>
            <translation>開始搜尋最佳網路</translation>
        </message>
        <message>
            <source>Choose the board {board}</source>
            <translation>選擇開發板 {board}</translation>
        </message>
        <message>
            <source>It is chosen.</source>
            <translation>已經選擇。</translation>
        </message>
        <message>
            <source>Reach the board: virtual</source>
            <translation>連接方式：虛擬開發板</translation>
        </message>
        <message>
            <source>Reach the board: {link}</source>
            <translation>連接方式：{link}</translation>
        </message>
        <message>
            <source>Look for connected boards</source>
            <translation>尋找已連接的開發板</translation>
        </message>
        <message>
            <source>Connect the board first.</source>
            <translation>請先連接開發板。</translation>
        </message>
        <message>
            <source>Disconnect the board</source>
            <translation>中斷開發板連線</translation>
        </message>
        <message>
            <source>Connect the board</source>
            <translation>連接開發板</translation>
        </message>
        <message>
            <source>Play the test set on the board</source>
            <translation>在開發板上播放測試集</translation>
        </message>
        <message>
            <source>Listen to the microphone</source>
            <translation>聆聽麥克風</translation>
        </message>
        <message>
            <source>This model is not fed with sound.</source>
            <translation>這個模型不接收聲音。</translation>
        </message>
        <message>
            <source>Restart the board</source>
            <translation>重新啟動開發板</translation>
        </message>
        <message>
            <source>Stop recording</source>
            <translation>停止錄製</translation>
        </message>
        <message>
            <source>Record what the board sends</source>
            <translation>錄製開發板送出的資料</translation>
        </message>
        <message>
            <source>It is in use.</source>
            <translation>正在使用。</translation>
        </message>
        <message>
            <source>Theme: dark colours</source>
            <translation>主題：深色</translation>
        </message>
        <message>
            <source>Theme: light colours</source>
            <translation>主題：淺色</translation>
        </message>
        <message>
            <source>Theme: as the system</source>
            <translation>主題：跟隨系統</translation>
        </message>
        <message>
            <source>as the system</source>
            <translation>跟隨系統</translation>
        </message>
        <message>
            <source>Language: {name}</source>
            <translation>語言：{name}</translation>
        </message>
        <message>
            <source>Play the demo</source>
            <translation>播放示範</translation>
        </message>
        <message>
            <source>Booth mode: full screen, for visitors</source>
            <translation>展示模式：全螢幕，給訪客看</translation>
        </message>
        <message>
            <source>Show the short tour of this window</source>
            <translation>顯示視窗的簡短導覽</translation>
        </message>
        <message>
            <source>Check this computer: doctor</source>
            <translation>檢查這台電腦：診斷</translation>
        </message>
        <message>
            <source>Show the keys and shortcuts: help</source>
            <translation>顯示按鍵與快速鍵：說明</translation>
        </message>
        <message>
            <source>The program needed more stack than there is.</source>
            <translation>程式需要的堆疊超過現有的大小。</translation>
        </message>
        <message>
            <source>The program used an empty pointer: address {address}.</source>
            <translation>程式使用了空指標：位址 {address}。</translation>
        </message>
        <message>
            <source>The program used address {address}, where there is no memory.</source>
            <translation>程式存取了位址 {address}，那裡沒有記憶體。</translation>
        </message>
        <message>
            <source>The program divided by zero.</source>
            <translation>程式除以零。</translation>
        </message>
        <message>
            <source>The program read a number from an address that is not aligned.</source>
            <translation>程式從未對齊的位址讀取數值。</translation>
        </message>
        <message>
            <source>The program used the floating-point unit while it was switched off.</source>
            <translation>程式在浮點單元關閉時使用了它。</translation>
        </message>
        <message>
            <source>The program returned from an interrupt in a wrong way.</source>
            <translation>程式以錯誤的方式從中斷返回。</translation>
        </message>
        <message>
            <source>The program jumped to an address that is no code.</source>
            <translation>程式跳到不是程式碼的位址。</translation>
        </message>
        <message>
            <source>The program came to an instruction that the chip lacks.</source>
            <translation>程式遇到晶片沒有的指令。</translation>
        </message>
        <message>
            <source>The program wrote where it may not write.</source>
            <translation>程式寫入了不可寫入的地方。</translation>
        </message>
        <message>
            <source>The program jumped to where there is no memory.</source>
            <translation>程式跳到沒有記憶體的地方。</translation>
        </message>
        <message>
            <source>The program jumped to where no code may run.</source>
            <translation>程式跳到不可執行程式碼的地方。</translation>
        </message>
        <message>
            <source>The program did something that the chip does not allow.</source>
            <translation>程式做了晶片不允許的事。</translation>
        </message>
        <message>
            <source>At address {address}.</source>
            <translation>在位址 {address}。</translation>
        </message>
        <message>
            <source>In {place}, called from {caller}.</source>
            <translation>在 {place}，由 {caller} 呼叫。</translation>
        </message>
        <message>
            <source>In {place}.</source>
            <translation>在 {place}。</translation>
        </message>
        <message>
            <source>Restart the board. If it stops again, flash it again, then send us the details.</source>
            <translation>請重新啟動開發板。如果再次停止，請重新燒錄，然後把詳細資料寄給我們。</translation>
        </message>
        <message>
            <source>Check that your chip is the one chosen under Board, then flash it again.</source>
            <translation>請確認晶片就是「開發板」頁所選的那一種，然後重新燒錄。</translation>
        </message>
        <message>
            <source>This chip does not tell more. Restart it; if it stops again, send us the details.</source>
            <translation>這款晶片不會說明更多。請重新啟動；如果再次停止，請把詳細資料寄給我們。</translation>
        </message>
        <message>
            <source>Restart the board. If it stops at the same place again, send us the details.</source>
            <translation>請重新啟動開發板。如果又停在同一處，請把詳細資料寄給我們。</translation>
        </message>
        <message>
            <source>exception: {name}</source>
            <translation>例外：{name}</translation>
        </message>
        <message>
            <source>not known</source>
            <translation>未知</translation>
        </message>
        <message>
            <source>fault address: {address}</source>
            <translation>錯誤位址：{address}</translation>
        </message>
        <message>
            <source>code fetched where none may run</source>
            <translation>從不可執行的地方讀取程式碼</translation>
        </message>
        <message>
            <source>data used at a forbidden address</source>
            <translation>存取禁止位址的資料</translation>
        </message>
        <message>
            <source>memory fault while registers were restored</source>
            <translation>還原暫存器時發生記憶體錯誤</translation>
        </message>
        <message>
            <source>memory fault while registers were saved</source>
            <translation>儲存暫存器時發生記憶體錯誤</translation>
        </message>
        <message>
            <source>memory fault while floating-point registers were saved</source>
            <translation>儲存浮點暫存器時發生記憶體錯誤</translation>
        </message>
        <message>
            <source>the address of the memory fault is known</source>
            <translation>記憶體錯誤的位址已知</translation>
        </message>
        <message>
            <source>no memory where code was fetched</source>
            <translation>讀取程式碼處沒有記憶體</translation>
        </message>
        <message>
            <source>no memory at a known address</source>
            <translation>已知位址處沒有記憶體</translation>
        </message>
        <message>
            <source>a write failed some instructions ago</source>
            <translation>數個指令前的寫入失敗</translation>
        </message>
        <message>
            <source>bus fault while registers were restored</source>
            <translation>還原暫存器時發生匯流排錯誤</translation>
        </message>
        <message>
            <source>bus fault while registers were saved</source>
            <translation>儲存暫存器時發生匯流排錯誤</translation>
        </message>
        <message>
            <source>bus fault while floating-point registers were saved</source>
            <translation>儲存浮點暫存器時發生匯流排錯誤</translation>
        </message>
        <message>
            <source>the address of the bus fault is known</source>
            <translation>匯流排錯誤的位址已知</translation>
        </message>
        <message>
            <source>unknown instruction</source>
            <translation>未知的指令</translation>
        </message>
        <message>
            <source>jump to what is no Thumb code</source>
            <translation>跳到不是 Thumb 程式碼的地方</translation>
        </message>
        <message>
            <source>wrong return from an interrupt</source>
            <translation>從中斷錯誤返回</translation>
        </message>
        <message>
            <source>floating-point unit off or missing</source>
            <translation>浮點單元關閉或不存在</translation>
        </message>
        <message>
            <source>address not aligned</source>
            <translation>位址未對齊</translation>
        </message>
        <message>
            <source>division by zero</source>
            <translation>除以零</translation>
        </message>
        <message>
            <source>the table of interrupts could not be read</source>
            <translation>無法讀取中斷向量表</translation>
        </message>
        <message>
            <source>a fault that its own handler could not take</source>
            <translation>自身的處理程式無法處理的錯誤</translation>
        </message>
        <message>
            <source>a debug event without a debugger</source>
            <translation>沒有除錯器的除錯事件</translation>
        </message>
        <message>
            <source>Let the computer do it</source>
            <translation>交給電腦做</translation>
        </message>
        <message>
            <source>Open Compress</source>
            <translation>開啟「壓縮」</translation>
        </message>
        <message>
            <source>Open Board</source>
            <translation>開啟「開發板」</translation>
        </message>
        <message>
            <source>Remove {percent} of the filters, then train on.</source>
            <translation>移除 {percent} 的濾波器，再繼續訓練。</translation>
        </message>
        <message>
            <source>about {ram} of SRAM and {flash} of flash, estimated</source>
            <translation>約 {ram} SRAM 與 {flash} 快閃記憶體，估計值</translation>
        </message>
        <message>
            <source>Change the recipe</source>
            <translation>修改配方</translation>
        </message>
        <message>
            <source>{used} of {all} SRAM</source>
            <translation>SRAM {used}／{all}</translation>
        </message>
        <message>
            <source>{used} of {all} flash</source>
            <translation>快閃記憶體 {used}／{all}</translation>
        </message>
        <message>
            <source>{amounts}, predicted</source>
            <translation>{amounts}，預測值</translation>
        </message>
        <message>
            <source>Take the {board}.</source>
            <translation>改用 {board}。</translation>
        </message>
        <message>
            <source>Choose this board</source>
            <translation>選用這塊板子</translation>
        </message>
        <message>
            <source>Parameters</source>
            <translation>參數</translation>
        </message>
        <message>
            <source>The numbers inside the network that training adjusts. Each takes space in flash.</source>
            <translation>網路內由訓練調整的數字。每一個都占用快閃記憶體。</translation>
        </message>
        <message>
            <source>MACs</source>
            <translation>MAC 運算</translation>
        </message>
        <message>
            <source>One multiplication and one addition, which is what networks do all the time. Fewer are faster.</source>
            <translation>一次乘法加一次加法，網路的工作都由它組成。越少越快。</translation>
        </message>
        <message>
            <source>FP32 and INT8</source>
            <translation>FP32 與 INT8</translation>
        </message>
        <message>
            <source>Training uses numbers with a point (FP32, 4 bytes each). The chip uses whole numbers from −128 to 127 (INT8, 1 byte each).</source>
            <translation>訓練使用帶小數點的數字（FP32，每個 4 位元組）。晶片使用 −128 到 127 的整數（INT8，每個 1 位元組）。</translation>
        </message>
        <message>
            <source>Validation</source>
            <translation>驗證</translation>
        </message>
        <message>
            <source>A check on examples that the model does not learn from. If only training gets better, it learns by heart.</source>
            <translation>用模型不學習的範例來檢查。若只有訓練變好，它只是在死記。</translation>
        </message>
        <message>
            <source>Loss</source>
            <translation>損失值</translation>
        </message>
        <message>
            <source>How wrong the answers are, as one number. Training makes it small.</source>
            <translation>以一個數字表示答案錯得多嚴重。訓練會讓它變小。</translation>
        </message>
        <message>
            <source>Learning rate</source>
            <translation>學習率</translation>
        </message>
        <message>
            <source>How far the parameters move after each batch of examples. It falls towards the end.</source>
            <translation>每一批範例之後參數移動的幅度。它在接近結束時下降。</translation>
        </message>
        <message>
            <source>Training</source>
            <translation>訓練</translation>
        </message>
        <message>
            <source>The model sees examples with their right answers and corrects itself a little. It stops when it gets no better.</source>
            <translation>模型看範例與正確答案，並稍微修正自己。不再進步時就停止。</translation>
        </message>
        <message>
            <source>Distillation</source>
            <translation>知識蒸餾</translation>
        </message>
        <message>
            <source>A large network, the teacher, shows how sure it is of every answer. The small one learns more from that than from right answers alone.</source>
            <translation>大型網路（老師）會顯示它對每個答案有多確定。小網路從中學到的比只看正確答案更多。</translation>
        </message>
        <message>
            <source>Pruning</source>
            <translation>剪枝</translation>
        </message>
        <message>
            <source>The filters that matter least are taken out, which saves flash, SRAM and time. The rest trains on to win back what was lost.</source>
            <translation>移除最不重要的濾波器，節省快閃記憶體、SRAM 與時間。其餘部分繼續訓練以挽回損失。</translation>
        </message>
        <message>
            <source>Dead filters</source>
            <translation>無作用的濾波器</translation>
        </message>
        <message>
            <source>Filters whose output never changes. They can go, and no answer changes.</source>
            <translation>輸出永遠不變的濾波器。可以移除，而且任何回答都不會改變。</translation>
        </message>
        <message>
            <source>Quantisation-aware training</source>
            <translation>量化感知訓練</translation>
        </message>
        <message>
            <source>Training with the roundings that the chip will make. The model learns to be right in spite of them.</source>
            <translation>帶著晶片會產生的捨入誤差來訓練。模型學會在這種情況下仍然答對。</translation>
        </message>
        <message>
            <source>Quantisation</source>
            <translation>量化</translation>
        </message>
        <message>
            <source>All numbers become whole numbers of 8 bits, a quarter of the size. Some examples tell how large the numbers get.</source>
            <translation>所有數字都變成 8 位元整數，大小是四分之一。用一些範例得知數字會有多大。</translation>
        </message>
        <message>
            <source>Error of a layer</source>
            <translation>一層的誤差</translation>
        </message>
        <message>
            <source>The largest difference between one form of the model and the next, for the same input. A whole number means steps of the 8-bit scale.</source>
            <translation>相同輸入下，模型一種形式與下一種形式之間的最大差異。整數表示 8 位元刻度的步數。</translation>
        </message>
        <message>
            <source>Tensor arena</source>
            <translation>張量區</translation>
        </message>
        <message>
            <source>The piece of SRAM where the layers keep what they work on. Two tensors may share an address if they are never needed at once.</source>
            <translation>各層存放工作資料的那塊 SRAM。不會同時需要的兩個張量可以共用位址。</translation>
        </message>
        <message>
            <source>Usual recipe</source>
            <translation>常用配方</translation>
        </message>
        <message>
            <source>train, then whole numbers</source>
            <translation>訓練，再轉成整數</translation>
        </message>
        <message>
            <source>Smallest</source>
            <translation>最小</translation>
        </message>
        <message>
            <source>seven in ten filters go, trained with roundings</source>
            <translation>移除七成濾波器，並帶捨入誤差訓練</translation>
        </message>
        <message>
            <source>Fastest</source>
            <translation>最快</translation>
        </message>
        <message>
            <source>six in ten filters go from every layer</source>
            <translation>每層移除六成濾波器</translation>
        </message>
        <message>
            <source>Most accurate</source>
            <translation>最準確</translation>
        </message>
        <message>
            <source>long training with a teacher, 16 bits at the ends</source>
            <translation>由老師長時間訓練，首尾層用 16 位元</translation>
        </message>
    </context>
    <context>
        <name>AnswerCard</name>
        <message>
            <source>Play clips</source>
            <translation>播放片段</translation>
        </message>
        <message>
            <source>Run freely</source>
            <translation>自由執行</translation>
        </message>
        <message>
            <source>No answer yet. Play the test clips, or let the board run by itself.</source>
            <translation>還沒有答案。播放測試片段，或讓開發板自行執行。</translation>
        </message>
        <message>
            <source>The output of this model is not one of a list of classes.</source>
            <translation>這個模型的輸出不是類別清單中的一項。</translation>
        </message>
        <message>
            <source>{percent} sure</source>
            <translation>把握 {percent}</translation>
        </message>
        <message>
            <source>right: {name}</source>
            <translation>正解：{name}</translation>
        </message>
        <message>
            <source>played: {name}</source>
            <translation>播放：{name}</translation>
        </message>
    </context>
    <context>
        <name>BoardCard</name>
        <message>
            <source>{flash} KB flash, {ram} KB SRAM</source>
            <translation>{flash} KB Flash、{ram} KB SRAM</translation>
        </message>
        <message>
            <source>Flash</source>
            <translation>Flash</translation>
        </message>
        <message>
            <source>SRAM</source>
            <translation>SRAM</translation>
        </message>
        <message>
            <source>Time</source>
            <translation>時間</translation>
        </message>
        <message>
            <source>Not computed yet</source>
            <translation>尚未計算</translation>
        </message>
        <message>
            <source>Too big and too slow</source>
            <translation>太大也太慢</translation>
        </message>
        <message>
            <source>Too big</source>
            <translation>太大</translation>
        </message>
        <message>
            <source>Fits, but too slow</source>
            <translation>放得下，但太慢</translation>
        </message>
        <message>
            <source>Fits, tight</source>
            <translation>勉強放得下</translation>
        </message>
        <message>
            <source>Fits</source>
            <translation>放得下</translation>
        </message>
        <message>
            <source>{used} of {all} KB</source>
            <translation>{used} / {all} KB</translation>
        </message>
        <message>
            <source>{used} of {all} ms</source>
            <translation>{used} / {all} ms</translation>
        </message>
    </context>
    <context>
        <name>BoardLog</name>
        <message>
            <source>Copy</source>
            <translation>複製</translation>
        </message>
        <message>
            <source>Board log</source>
            <translation>開發板記錄</translation>
        </message>
        <message>
            <source>hello from {board}, {clock} MHz, arena {arena}</source>
            <translation>{board} 問好，{clock} MHz，張量區 {arena}</translation>
        </message>
    </context>
    <context>
        <name>BoardPage</name>
        <message>
            <source>Look again</source>
            <translation>重新尋找</translation>
        </message>
        <message>
            <source>another serial port, or socket://host:port</source>
            <translation>其他序列埠，或 socket://主機:埠號</translation>
        </message>
        <message>
            <source>Another link</source>
            <translation>其他連線</translation>
        </message>
        <message>
            <source>How to reach the board</source>
            <translation>如何連到開發板</translation>
        </message>
        <message>
            <source>All boards</source>
            <translation>所有開發板</translation>
        </message>
        <message>
            <source>Pick the chip that the model has to fit into. You can compare chips without owning them.</source>
            <translation>選擇模型要放進的晶片。沒有實體晶片也能比較。</translation>
        </message>
        <message>
            <source>bars are predicted: how much of each chip your model would use</source>
            <translation>長條為預測值：你的模型會用掉各晶片多少資源</translation>
        </message>
        <message>
            <source>bars appear when the model is converted to 8-bit numbers</source>
            <translation>模型轉成 8 位元數字後就會出現長條</translation>
        </message>
        <message>
            <source>Continue to Fit</source>
            <translation>前往「配置」</translation>
        </message>
        <message>
            <source>Continue to Compress</source>
            <translation>前往「壓縮」</translation>
        </message>
        <message>
            <source>Choose a board to go on</source>
            <translation>請先選擇開發板</translation>
        </message>
        <message>
            <source>A finished model needs no training</source>
            <translation>完成的模型不需訓練</translation>
        </message>
        <message>
            <source>Without examples there is nothing to train</source>
            <translation>沒有範例，無需訓練</translation>
        </message>
        <message>
            <source>Next: choose how to shrink the model</source>
            <translation>下一步：選擇如何縮小模型</translation>
        </message>
        <message>
            <source>Virtual {board}</source>
            <translation>虛擬 {board}</translation>
        </message>
        <message>
            <source>board</source>
            <translation>開發板</translation>
        </message>
        <message>
            <source>emulator on this computer, no board needed</source>
            <translation>這台電腦上的模擬器，不需開發板</translation>
        </message>
        <message>
            <source>given by you</source>
            <translation>由你指定</translation>
        </message>
        <message>
            <source>No board on a serial port</source>
            <translation>序列埠上沒有開發板</translation>
        </message>
        <message>
            <source>plug one in, then look again</source>
            <translation>接上開發板，再重新尋找</translation>
        </message>
    </context>
    <context>
        <name>BoardsTable</name>
        <message>
            <source>Board</source>
            <translation>開發板</translation>
        </message>
        <message>
            <source>Flash</source>
            <translation>Flash</translation>
        </message>
        <message>
            <source>SRAM</source>
            <translation>SRAM</translation>
        </message>
        <message>
            <source>Time per answer</source>
            <translation>每次回答時間</translation>
        </message>
        <message>
            <source>Does it fit?</source>
            <translation>放得下嗎？</translation>
        </message>
        <message>
            <source>Why not</source>
            <translation>為什麼不行</translation>
        </message>
        <message>
            <source>Predicted on every board</source>
            <translation>各開發板的預測</translation>
        </message>
        <message>
            <source>fits</source>
            <translation>放得下</translation>
        </message>
        <message>
            <source>does not fit</source>
            <translation>放不下</translation>
        </message>
    </context>
    <context>
        <name>Boot0Picture</name>
        <message>
            <source>1. Connect BOOT0 to 3.3 V</source>
            <translation>1. 把 BOOT0 接到 3.3 V</translation>
        </message>
        <message>
            <source>Jumper or button, marked BOOT0.</source>
            <translation>標示 BOOT0 的跳線或按鈕。</translation>
        </message>
        <message>
            <source>2. Press reset</source>
            <translation>2. 按下重置鍵</translation>
        </message>
        <message>
            <source>The chip now waits for the firmware.</source>
            <translation>晶片現在等待韌體。</translation>
        </message>
        <message>
            <source>3. Flash, then BOOT0 back</source>
            <translation>3. 燒錄，再把 BOOT0 接回</translation>
        </message>
        <message>
            <source>Else no firmware starts.</source>
            <translation>否則韌體不會啟動。</translation>
        </message>
        <message>
            <source>How to start the boot loader</source>
            <translation>如何啟動開機載入程式</translation>
        </message>
        <message>
            <source>Connect BOOT0 to 3.3 V, press reset, flash, then connect BOOT0 to ground again.</source>
            <translation>把 BOOT0 接到 3.3 V，按下重置鍵，燒錄，再把 BOOT0 接回接地。</translation>
        </message>
        <message>
            <source>The boot loader of {board} listens at {uart}; that port must be wired.</source>
            <translation>{board} 的開機載入程式使用 {uart}；必須接上這個埠。</translation>
        </message>
    </context>
    <context>
        <name>BoothCanvas</name>
        <message>
            <source>Reading the examples</source>
            <translation>正在讀取範例</translation>
        </message>
        <message>
            <source>The network is learning</source>
            <translation>網路正在學習</translation>
        </message>
        <message>
            <source>Making it small, and checking every layer</source>
            <translation>正在縮小網路並檢查每一層</translation>
        </message>
        <message>
            <source>Planning its memory and building its program</source>
            <translation>正在規劃記憶體並建置程式</translation>
        </message>
        <message>
            <source>Writing it to the board</source>
            <translation>正在寫入開發板</translation>
        </message>
        <message>
            <source>A moment, please</source>
            <translation>請稍候</translation>
        </message>
        <message>
            <source>Getting ready</source>
            <translation>準備中</translation>
        </message>
        <message>
            <source>Trying again by itself</source>
            <translation>正在自動重試</translation>
        </message>
        <message>
            <source>A neural network in {size}</source>
            <translation>只要 {size} 的神經網路</translation>
        </message>
        <message>
            <source>{right} of {count} answers right so far</source>
            <translation>目前 {count} 次回答中有 {right} 次正確</translation>
        </message>
        <message>
            <source>Touch the screen to watch it</source>
            <translation>輕觸螢幕看它運作</translation>
        </message>
        <message>
            <source>Touch the screen and say a word</source>
            <translation>觸碰螢幕並說一個詞</translation>
        </message>
        <message>
            <source>The board stopped talking {n} s ago. It comes back by itself.</source>
            <translation>開發板 {n} 秒前停止回應，稍後會自動恢復。</translation>
        </message>
        <message>
            <source>It just heard</source>
            <translation>剛才聽到</translation>
        </message>
        <message>
            <source>It just saw</source>
            <translation>剛才看到</translation>
        </message>
        <message>
            <source>Its answer</source>
            <translation>它的回答</translation>
        </message>
        <message>
            <source>It listens</source>
            <translation>正在聆聽</translation>
        </message>
        <message>
            <source>It looks</source>
            <translation>正在觀看</translation>
        </message>
        <message>
            <source>It works</source>
            <translation>正在運算</translation>
        </message>
        <message>
            <source>It listens: say one of the words below</source>
            <translation>正在聽：請說下方任一個詞</translation>
        </message>
        <message>
            <source>Time to answer</source>
            <translation>回答時間</translation>
        </message>
        <message>
            <source>{board}, simulated: a {clock} MHz chip with {ram} of memory.</source>
            <translation>{board}（模擬）：{clock} MHz 晶片，{ram} 記憶體。</translation>
        </message>
        <message>
            <source>{board}, a {clock} MHz chip with {ram} of memory. No cloud, no internet.</source>
            <translation>{board}，{clock} MHz 晶片，{ram} 記憶體。不用雲端，不用網路。</translation>
        </message>
        <message>
            <source>{share} sure</source>
            <translation>{share} 把握</translation>
        </message>
        <message>
            <source>Right</source>
            <translation>正確</translation>
        </message>
        <message>
            <source>Wrong: it was {word}</source>
            <translation>錯誤：應為 {word}</translation>
        </message>
        <message>
            <source>simulated, virtual board</source>
            <translation>模擬，虛擬開發板</translation>
        </message>
        <message>
            <source>measured</source>
            <translation>實測</translation>
        </message>
        <message>
            <source>shorter than one picture of a film</source>
            <translation>比電影的一格畫面還短</translation>
        </message>
        <message>
            <source>shorter than the blink of an eye</source>
            <translation>比眨一下眼還短</translation>
        </message>
        <message>
            <source>{n} answers in a second</source>
            <translation>每秒 {n} 次回答</translation>
        </message>
        <message>
            <source>of {amount}</source>
            <translation>共 {amount}</translation>
        </message>
        <message>
            <source>Program size</source>
            <translation>程式大小</translation>
        </message>
        <message>
            <source>Working memory</source>
            <translation>工作記憶體</translation>
        </message>
        <message>
            <source>Answers right</source>
            <translation>回答正確率</translation>
        </message>
        <message>
            <source>of {n} clips in the test</source>
            <translation>測試共 {n} 個片段</translation>
        </message>
        <message>
            <source>Answers so far</source>
            <translation>目前回答次數</translation>
        </message>
        <message>
            <source>words that were spoken</source>
            <translation>說出的詞</translation>
        </message>
        <message>
            <source>{n} of them right</source>
            <translation>其中 {n} 次正確</translation>
        </message>
        <message>
            <source>It knows</source>
            <translation>它認得</translation>
        </message>
        <message>
            <source>Say</source>
            <translation>請說</translation>
        </message>
        <message>
            <source>R starts over</source>
            <translation>按 R 重新開始</translation>
        </message>
    </context>
    <context>
        <name>BoothScreen</name>
        <message>
            <source>Booth mode</source>
            <translation>展示模式</translation>
        </message>
    </context>
    <context>
        <name>BudgetFields</name>
        <message>
            <source>Your budget</source>
            <translation>你的預算</translation>
        </message>
    </context>
    <context>
        <name>BudgetRow</name>
        <message>
            <source>Flash</source>
            <translation>Flash</translation>
        </message>
        <message>
            <source>SRAM</source>
            <translation>SRAM</translation>
        </message>
        <message>
            <source>Answer within</source>
            <translation>回答時限</translation>
        </message>
        <message>
            <source>Accuracy at least</source>
            <translation>準確率至少</translation>
        </message>
        <message>
            <source>Your budget</source>
            <translation>你的預算</translation>
        </message>
        <message>
            <source>no limit</source>
            <translation>不限</translation>
        </message>
    </context>
    <context>
        <name>ClassBars</name>
        <message>
            <source>Right answers of each class</source>
            <translation>各類別的正確答案</translation>
        </message>
    </context>
    <context>
        <name>ClipPreview</name>
        <message>
            <source>Newest input</source>
            <translation>最新的輸入</translation>
        </message>
    </context>
    <context>
        <name>CommandPalette</name>
        <message>
            <source>What do you want to do? Type a few words</source>
            <translation>想做什麼？輸入幾個字</translation>
        </message>
        <message>
            <source>Find a command</source>
            <translation>尋找指令</translation>
        </message>
        <message>
            <source>Commands</source>
            <translation>指令</translation>
        </message>
        <message>
            <source>Nothing is called that. Try fewer words.</source>
            <translation>找不到這個指令，請少打幾個字。</translation>
        </message>
        <message>
            <source>Up and Down choose, Enter does it, Esc closes</source>
            <translation>上下鍵選擇，Enter 執行，Esc 關閉</translation>
        </message>
        <message>
            <source>{command}. Not now: {reason}</source>
            <translation>{command}。現在不行：{reason}</translation>
        </message>
    </context>
    <context>
        <name>CompareTable</name>
        <message>
            <source>predicted</source>
            <translation>預測</translation>
        </message>
        <message>
            <source>simulated</source>
            <translation>模擬</translation>
        </message>
        <message>
            <source>measured</source>
            <translation>實測</translation>
        </message>
    </context>
    <context>
        <name>CompressPage</name>
        <message>
            <source>Add step</source>
            <translation>新增步驟</translation>
        </message>
        <message>
            <source>Accuracy</source>
            <translation>準確率</translation>
        </message>
        <message>
            <source>points</source>
            <translation>個百分點</translation>
        </message>
        <message>
            <source>KB</source>
            <translation>KB</translation>
        </message>
        <message>
            <source>Recipe</source>
            <translation>配方</translation>
        </message>
        <message>
            <source>Presets</source>
            <translation>預設配方</translation>
        </message>
        <message>
            <source>Search</source>
            <translation>搜尋</translation>
        </message>
        <message>
            <source>Flash</source>
            <translation>Flash</translation>
        </message>
        <message>
            <source>SRAM</source>
            <translation>SRAM</translation>
        </message>
        <message>
            <source>Latency</source>
            <translation>延遲</translation>
        </message>
        <message>
            <source>ms</source>
            <translation>毫秒</translation>
        </message>
        <message>
            <source>runs from top to bottom; drag the dots to reorder</source>
            <translation>由上而下執行；拖曳圓點可改順序</translation>
        </message>
        <message>
            <source>Result</source>
            <translation>結果</translation>
        </message>
        <message>
            <source>Each step makes the model smaller or faster, and says what it costs.</source>
            <translation>每個步驟都讓模型更小或更快，並說明代價。</translation>
        </message>
        <message>
            <source>No model yet.</source>
            <translation>還沒有模型。</translation>
        </message>
        <message>
            <source>Choose one on the first page.</source>
            <translation>請在第一頁選擇。</translation>
        </message>
        <message>
            <source>This model is finished.</source>
            <translation>這個模型已完成。</translation>
        </message>
        <message>
            <source>It is in 8-bit numbers already, so it goes straight to Verify and Fit.</source>
            <translation>它已是 8 位元數字，直接進入「驗證」與「配置」。</translation>
        </message>
        <message>
            <source>This model has no data set, so it is not trained here.</source>
            <translation>此模型沒有資料集，因此不在此訓練。</translation>
        </message>
        <message>
            <source>Steps that make it smaller need examples. It is converted on Verify as it is.</source>
            <translation>縮小模型的步驟需要範例。模型會在「驗證」頁原樣轉換。</translation>
        </message>
        <message>
            <source>The figures were made with an older recipe, model or data set.</source>
            <translation>這些數字來自較舊的配方、模型或資料集。</translation>
        </message>
        <message>
            <source>Train again to bring them up to date.</source>
            <translation>重新訓練即可更新。</translation>
        </message>
        <message>
            <source>Choose a model first</source>
            <translation>請先選擇模型</translation>
        </message>
        <message>
            <source>Train with this recipe</source>
            <translation>用此配方訓練</translation>
        </message>
        <message>
            <source>Continue to Verify</source>
            <translation>前往「驗證」</translation>
        </message>
        <message>
            <source>Switch a training step on</source>
            <translation>請開啟一個訓練步驟</translation>
        </message>
        <message>
            <source>A job is running</source>
            <translation>工作執行中</translation>
        </message>
        <message>
            <source>Go to Train</source>
            <translation>前往「訓練」</translation>
        </message>
        <message>
            <source>Trained with this recipe</source>
            <translation>已用此配方訓練</translation>
        </message>
        <message>
            <source>Continue to Train</source>
            <translation>前往「訓練」</translation>
        </message>
        <message>
            <source>Train again</source>
            <translation>重新訓練</translation>
        </message>
        <message>
            <source>The recipe changed</source>
            <translation>配方已變更</translation>
        </message>
        <message>
            <source>Training runs on this computer</source>
            <translation>訓練在這台電腦上進行</translation>
        </message>
        <message>
            <source>% after each step</source>
            <translation>每步之後的 %</translation>
        </message>
        <message>
            <source>%, at least {n}</source>
            <translation>%，至少 {n}</translation>
        </message>
        <message>
            <source>{unit}, budget {n}</source>
            <translation>{unit}，預算 {n}</translation>
        </message>
        <message>
            <source>accuracy measured, the rest predicted</source>
            <translation>準確率為實測，其餘為預測</translation>
        </message>
        <message>
            <source>of an older recipe, model or data set</source>
            <translation>來自較舊的配方、模型或資料集</translation>
        </message>
        <message>
            <source>after the steps that have run</source>
            <translation>已執行步驟之後</translation>
        </message>
        <message>
            <source>appears when the recipe has run</source>
            <translation>配方執行後出現</translation>
        </message>
    </context>
    <context>
        <name>ConfusionMatrix</name>
        <message>
            <source>What it mixes up</source>
            <translation>容易混淆的類別</translation>
        </message>
        <message>
            <source>Row: what it was. Column: what the model said.</source>
            <translation>列：實際類別。欄：模型的回答。</translation>
        </message>
        <message>
            <source>No mistakes.</source>
            <translation>沒有錯誤。</translation>
        </message>
        <message>
            <source>Mixed up most: {a} and {b}, {n} of {all} mistakes.</source>
            <translation>最常混淆：{a} 與 {b}，{all} 個錯誤中占 {n} 個。</translation>
        </message>
        <message>
            <source>Nothing to compare yet.</source>
            <translation>還沒有可比較的內容。</translation>
        </message>
        <message>
            <source>{true} taken for {said}: {n} of {all}</source>
            <translation>{true} 被當成 {said}：{all} 個中有 {n} 個</translation>
        </message>
    </context>
    <context>
        <name>ConversionChain</name>
        <message>
            <source>Conversion chain</source>
            <translation>轉換鏈</translation>
        </message>
    </context>
    <context>
        <name>CostTableModel</name>
        <message>
            <source>MACs</source>
            <translation>MAC 運算</translation>
        </message>
        <message>
            <source>Flash</source>
            <translation>Flash</translation>
        </message>
        <message>
            <source>Live memory</source>
            <translation>使用中記憶體</translation>
        </message>
        <message>
            <source>Cycles predicted</source>
            <translation>預測週期數</translation>
        </message>
        <message>
            <source>Cycles measured</source>
            <translation>實測週期數</translation>
        </message>
        <message>
            <source>Cycles simulated</source>
            <translation>模擬週期數</translation>
        </message>
        <message>
            <source>Layer</source>
            <translation>層</translation>
        </message>
        <message>
            <source>Kernel</source>
            <translation>核心函式</translation>
        </message>
    </context>
    <context>
        <name>CountBars</name>
        <message>
            <source>Examples of each class</source>
            <translation>各類別的範例數</translation>
        </message>
        <message>
            <source>{n} more in between</source>
            <translation>中間還有 {n} 個</translation>
        </message>
    </context>
    <context>
        <name>CurveCards</name>
        <message>
            <source>training</source>
            <translation>訓練</translation>
        </message>
        <message>
            <source>validation</source>
            <translation>驗證</translation>
        </message>
        <message>
            <source>Accuracy after each epoch</source>
            <translation>每輪後的準確率</translation>
        </message>
        <message>
            <source>Error after each epoch</source>
            <translation>每輪後的誤差</translation>
        </message>
        <message>
            <source>epoch (one pass over the training data)</source>
            <translation>輪（看完訓練資料一遍）</translation>
        </message>
        <message>
            <source>Earlier runs</source>
            <translation>較早的執行</translation>
        </message>
        <message>
            <source>Answers right</source>
            <translation>回答正確率</translation>
        </message>
        <message>
            <source>Error</source>
            <translation>誤差</translation>
        </message>
        <message>
            <source>loss</source>
            <translation>損失值</translation>
        </message>
        <message>
            <source>Smooth</source>
            <translation>平滑</translation>
        </message>
        <message>
            <source>Means over {n} epochs; the values stay behind them</source>
            <translation>以 {n} 輪取平均；原值留在後方</translation>
        </message>
        <message>
            <source>Log scale</source>
            <translation>對數刻度</translation>
        </message>
        <message>
            <source>Equal steps are equal factors: small losses can be told apart</source>
            <translation>等距代表等倍數：小損失也能分辨</translation>
        </message>
        <message>
            <source>Zoom in (+)</source>
            <translation>放大（+）</translation>
        </message>
        <message>
            <source>Zoom out (−)</source>
            <translation>縮小（−）</translation>
        </message>
        <message>
            <source>Whole</source>
            <translation>全部</translation>
        </message>
        <message>
            <source>Show all epochs (0)</source>
            <translation>顯示所有輪次（0）</translation>
        </message>
        <message>
            <source>Faults told apart, AUC</source>
            <translation>分辨故障，AUC</translation>
        </message>
    </context>
    <context>
        <name>DataPreview</name>
        <message>
            <source>A look at the examples</source>
            <translation>看看範例</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>再試一次</translation>
        </message>
        <message>
            <source>Examples; the arrow keys choose one, Space plays it</source>
            <translation>範例；以方向鍵選擇，空白鍵播放</translation>
        </message>
        <message>
            <source>What looks wrong</source>
            <translation>看起來有問題的地方</translation>
        </message>
        <message>
            <source>Examples of each class</source>
            <translation>各類別的範例數</translation>
        </message>
        <message>
            <source>Looking at the examples…</source>
            <translation>正在查看範例…</translation>
        </message>
        <message>
            <source>None of the files that were opened can be shown.</source>
            <translation>打開的檔案都無法顯示。</translation>
        </message>
        <message>
            <source>{n} in {classes} classes</source>
            <translation>{classes} 個類別，共 {n} 個</translation>
        </message>
        <message>
            <source>; {n} of them were opened</source>
            <translation>；打開了其中 {n} 個</translation>
        </message>
        <message>
            <source>Nothing, in the {n} that were opened.</source>
            <translation>打開的 {n} 個中沒有問題。</translation>
        </message>
        <message>
            <source>{most} has over 5 times as many examples as {least}. Even classes are learnt better.</source>
            <translation>{most} 的範例數是 {least} 的 5 倍以上。數量平均較容易學好。</translation>
        </message>
        <message>
            <source>Empty files: {n}, such as {names}. Record them again or delete them.</source>
            <translation>空檔案：{n} 個，例如 {names}。請重新錄製或刪除。</translation>
        </message>
        <message>
            <source>Git LFS pointers instead of files: {n}, such as {names}. Run: git lfs pull</source>
            <translation>只是 Git LFS 指標而非檔案：{n} 個，例如 {names}。請執行：git lfs pull</translation>
        </message>
        <message>
            <source>Unreadable: {n}, such as {names}. Save them again or delete them.</source>
            <translation>無法讀取：{n} 個，例如 {names}。請重新儲存或刪除。</translation>
        </message>
        <message>
            <source>Copies of other examples: {n}, such as {names}. Delete them.</source>
            <translation>與其他範例重複：{n} 個，例如 {names}。請刪除。</translation>
        </message>
        <message>
            <source>Silent recordings: {n}, such as {names}. Record them again or delete them.</source>
            <translation>無聲的錄音：{n} 個，例如 {names}。請重新錄製或刪除。</translation>
        </message>
        <message>
            <source>Pictures of one colour: {n}, such as {names}. Delete them.</source>
            <translation>只有單一顏色的圖片：{n} 個，例如 {names}。請刪除。</translation>
        </message>
        <message>
            <source>Classes with fewer than 20 examples: {n}, such as {names}. Add more.</source>
            <translation>範例少於 20 個的類別：{n} 個，例如 {names}。請增加。</translation>
        </message>
        <message>
            <source>There is only one class, {names}. Training needs two or more.</source>
            <translation>只有一個類別 {names}。訓練需要兩個以上。</translation>
        </message>
    </context>
    <context>
        <name>Details</name>
        <message>
            <source>Details</source>
            <translation>細節</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>複製</translation>
        </message>
        <message>
            <source>for engineers and bug reports</source>
            <translation>供工程師與錯誤回報使用</translation>
        </message>
    </context>
    <context>
        <name>DoctorSheet</name>
        <message>
            <source>Check again</source>
            <translation>重新檢查</translation>
        </message>
        <message>
            <source>Copy all</source>
            <translation>全部複製</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>關閉</translation>
        </message>
        <message>
            <source>What was found</source>
            <translation>檢查結果</translation>
        </message>
        <message>
            <source>This computer</source>
            <translation>這台電腦</translation>
        </message>
        <message>
            <source>Checking…</source>
            <translation>檢查中…</translation>
        </message>
        <message>
            <source>Looking at tools, packages, ports and permissions…</source>
            <translation>正在檢查工具、套件、連接埠與權限…</translation>
        </message>
        <message>
            <source>Nothing was looked at yet. Press Check again.</source>
            <translation>還沒有檢查。請按「重新檢查」。</translation>
        </message>
        <message>
            <source>1 thing is missing; its cure stands beside it.</source>
            <translation>缺少 1 項；解決方法在旁邊。</translation>
        </message>
        <message>
            <source>{n} things are missing; their cures stand beside them.</source>
            <translation>缺少 {n} 項；解決方法在旁邊。</translation>
        </message>
        <message>
            <source>Everything that Thimble needs is here.</source>
            <translation>Thimble 需要的都齊全了。</translation>
        </message>
        <message>
            <source>1 more is optional.</source>
            <translation>另有 1 項可選。</translation>
        </message>
        <message>
            <source>{n} more are optional.</source>
            <translation>另有 {n} 項可選。</translation>
        </message>
    </context>
    <context>
        <name>EarlyStops</name>
        <message>
            <source>The training without a teacher was stopped after {n} of {all} epochs.</source>
            <translation>沒有老師的訓練在 {all} 輪中的第 {n} 輪後停止。</translation>
        </message>
        <message>
            <source>The teacher's training was stopped after {n} of {all} epochs.</source>
            <translation>老師的訓練在 {all} 輪中的第 {n} 輪後停止。</translation>
        </message>
        <message>
            <source>{step} was stopped after {n} of {all} epochs; the best was epoch {best}.</source>
            <translation>「{step}」在 {all} 輪中的第 {n} 輪後停止；最好的是第 {best} 輪。</translation>
        </message>
    </context>
    <context>
        <name>EpochPlot</name>
        <message>
            <source>epoch {n}</source>
            <translation>第 {n} 輪</translation>
        </message>
    </context>
    <context>
        <name>ErrorHistogram</name>
        <message>
            <source>How the differences are spread</source>
            <translation>差異的分布</translation>
        </message>
        <message>
            <source>under 0.1 %</source>
            <translation>低於 0.1 %</translation>
        </message>
        <message>
            <source>This comparison kept no histogram. Run it again.</source>
            <translation>這次比較沒有保留直方圖。請再執行一次。</translation>
        </message>
        <message>
            <source>limit</source>
            <translation>上限</translation>
        </message>
    </context>
    <context>
        <name>FaultCard</name>
        <message>
            <source>Restart the board</source>
            <translation>重新啟動開發板</translation>
        </message>
    </context>
    <context>
        <name>FeaturesCard</name>
        <message>
            <source>The computer</source>
            <translation>電腦</translation>
        </message>
        <message>
            <source>The board</source>
            <translation>開發板</translation>
        </message>
        <message>
            <source>Features are made by: {who}</source>
            <translation>特徵由{who}計算</translation>
        </message>
        <message>
            <source>Who turns sound into what the network reads?</source>
            <translation>由誰把聲音轉成網路讀取的內容？</translation>
        </message>
        <message>
            <source>features</source>
            <translation>特徵</translation>
        </message>
        <message>
            <source>The board hears raw sound and works without a computer.</source>
            <translation>開發板直接接收原始聲音，不需要電腦也能運作。</translation>
        </message>
        <message>
            <source>The computer prepares the sound and sends the result to the board.</source>
            <translation>電腦先處理聲音，再把結果送到開發板。</translation>
        </message>
        <message>
            <source>What it costs is told when the model and the board are known.</source>
            <translation>模型和開發板確定後，會顯示所需的代價。</translation>
        </message>
        <message>
            <source>It takes {flash} of flash and {ram} of SRAM for it (predicted).</source>
            <translation>為此需要 {flash} 快閃記憶體和 {ram} SRAM（預測）。</translation>
        </message>
        <message>
            <source>If the board did it: {flash} more flash, {ram} more SRAM (predicted).</source>
            <translation>若由開發板計算：多用 {flash} 快閃記憶體和 {ram} SRAM（預測）。</translation>
        </message>
        <message>
            <source>That is more than this board has.</source>
            <translation>這超過了這塊開發板的容量。</translation>
        </message>
    </context>
    <context>
        <name>FindingRow</name>
        <message>
            <source>Ready</source>
            <translation>就緒</translation>
        </message>
        <message>
            <source>Missing</source>
            <translation>缺少</translation>
        </message>
        <message>
            <source>Optional</source>
            <translation>可選</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>複製</translation>
        </message>
        <message>
            <source>Copy the cure of: {check}</source>
            <translation>複製解決方法：{check}</translation>
        </message>
        <message>
            <source>Copied</source>
            <translation>已複製</translation>
        </message>
    </context>
    <context>
        <name>FitPage</name>
        <message>
            <source>Build again</source>
            <translation>重新建置</translation>
        </message>
        <message>
            <source>Export map</source>
            <translation>匯出配置圖</translation>
        </message>
        <message>
            <source>Ways to make it fit</source>
            <translation>讓它放得下的方法</translation>
        </message>
        <message>
            <source>Flash: what is stored on the chip</source>
            <translation>Flash：晶片上存放的內容</translation>
        </message>
        <message>
            <source>Cost of each layer</source>
            <translation>各層成本</translation>
        </message>
        <message>
            <source>SRAM: which piece of data lives when</source>
            <translation>SRAM：哪份資料何時存在</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>記憶體</translation>
        </message>
        <message>
            <source>Layers</source>
            <translation>各層</translation>
        </message>
        <message>
            <source>Predicted and real</source>
            <translation>預測與實際</translation>
        </message>
        <message>
            <source>Where every kilobyte goes on the chip, and how long an answer takes.</source>
            <translation>晶片上每 1 KB 的去處，以及一次回答要多久。</translation>
        </message>
        <message>
            <source>Continue to Live</source>
            <translation>前往「燒錄與即時」</translation>
        </message>
        <message>
            <source>The live page opens when the firmware is built</source>
            <translation>韌體建置完成後開放即時頁</translation>
        </message>
        <message>
            <source>Flash opens when the model fits</source>
            <translation>模型放得下後才開放燒錄</translation>
        </message>
        <message>
            <source>The results are out of date</source>
            <translation>結果已過期</translation>
        </message>
        <message>
            <source>Plan again</source>
            <translation>重新規劃</translation>
        </message>
        <message>
            <source>The last run stopped</source>
            <translation>上次執行已停止</translation>
        </message>
        <message>
            <source>Generates C code and links it for the board</source>
            <translation>產生 C 程式碼並為開發板連結</translation>
        </message>
        <message>
            <source>Build the firmware</source>
            <translation>建置韌體</translation>
        </message>
        <message>
            <source>The firmware is built</source>
            <translation>韌體已建置</translation>
        </message>
        <message>
            <source>The live page needs a plan and a build</source>
            <translation>即時頁需要規劃與建置</translation>
        </message>
        <message>
            <source>No memory plan yet</source>
            <translation>還沒有記憶體規劃</translation>
        </message>
        <message>
            <source>Thimble gives every tensor a place in memory and says what stays free.</source>
            <translation>Thimble 為每個張量安排記憶體位置，並說明還剩多少。</translation>
        </message>
        <message>
            <source>Plan the memory</source>
            <translation>規劃記憶體</translation>
        </message>
        <message>
            <source>Everything before</source>
            <translation>先前所有步驟</translation>
        </message>
        <message>
            <source>The plan takes a moment, the build a few seconds.</source>
            <translation>規劃只要片刻，建置需數秒。</translation>
        </message>
        <message>
            <source>Getting ready</source>
            <translation>準備中</translation>
        </message>
        <message>
            <source>flash is {size} too big</source>
            <translation>Flash超出 {size}</translation>
        </message>
        <message>
            <source>SRAM is {size} too big</source>
            <translation>SRAM 超出 {size}</translation>
        </message>
        <message>
            <source>It does not fit: {what}.</source>
            <translation>放不下：{what}。</translation>
        </message>
        <message>
            <source> and </source>
            <translation>、</translation>
        </message>
        <message>
            <source>It does not fit.</source>
            <translation>放不下。</translation>
        </message>
        <message>
            <source>{flash} of flash and {ram} of SRAM stay free.</source>
            <translation>還剩 {flash} Flash 與 {ram} SRAM。</translation>
        </message>
        <message>
            <source>Yes, it fits.</source>
            <translation>放得下。</translation>
        </message>
        <message>
            <source>predicted</source>
            <translation>預測</translation>
        </message>
        <message>
            <source>simulated</source>
            <translation>模擬</translation>
        </message>
        <message>
            <source>measured</source>
            <translation>實測</translation>
        </message>
        <message>
            <source>An answer takes {time} of {budget} ms ({basis}).</source>
            <translation>一次回答需 {time} / {budget} ms（{basis}）。</translation>
        </message>
        <message>
            <source>It fits, but it is {ms} ms too slow.</source>
            <translation>放得下，但慢了 {ms} ms。</translation>
        </message>
        <message>
            <source>An answer takes {time} ({basis}).</source>
            <translation>一次回答需 {time}（{basis}）。</translation>
        </message>
        <message>
            <source>there is room for {size}</source>
            <translation>可容納 {size}</translation>
        </message>
        <message>
            <source>{size} too big</source>
            <translation>超出 {size}</translation>
        </message>
        <message>
            <source>the model needs {size}</source>
            <translation>模型需要 {size}</translation>
        </message>
        <message>
            <source>{used} of {total}</source>
            <translation>{used} / {total}</translation>
        </message>
        <message>
            <source>measured in the linked firmware</source>
            <translation>由連結後的韌體量得</translation>
        </message>
        <message>
            <source>SRAM</source>
            <translation>SRAM</translation>
        </message>
        <message>
            <source>convolution</source>
            <translation>卷積</translation>
        </message>
        <message>
            <source>depthwise</source>
            <translation>深度卷積</translation>
        </message>
        <message>
            <source>pointwise</source>
            <translation>逐點卷積</translation>
        </message>
        <message>
            <source>dense</source>
            <translation>全連接</translation>
        </message>
        <message>
            <source>add, join</source>
            <translation>相加、合併</translation>
        </message>
        <message>
            <source>other</source>
            <translation>其他</translation>
        </message>
        <message>
            <source>No tensors to place</source>
            <translation>沒有要放置的張量</translation>
        </message>
        <message>
            <source>Busiest moment: layer {n}, {layer}</source>
            <translation>最吃緊的時刻：第 {n} 層，{layer}</translation>
        </message>
        <message>
            <source>{live} are in use then, {share} of it is one tensor.</source>
            <translation>此時使用 {live}，其中 {share} 是同一個張量。</translation>
        </message>
        <message>
            <source>The plan reaches the lowest possible size.</source>
            <translation>規劃已達最小可能值。</translation>
        </message>
        <message>
            <source>The plan is {size} above the lowest possible.</source>
            <translation>規劃比最小可能值多 {size}。</translation>
        </message>
        <message>
            <source>Flash</source>
            <translation>Flash</translation>
        </message>
        <message>
            <source>Time per answer</source>
            <translation>每次回答時間</translation>
        </message>
        <message>
            <source>after the build</source>
            <translation>建置之後</translation>
        </message>
        <message>
            <source>{toolchain}, {kernels} kernels</source>
            <translation>{toolchain}，{kernels} 核心函式</translation>
        </message>
        <message>
            <source>KB in the tensor arena</source>
            <translation>張量區的 KB</translation>
        </message>
        <message>
            <source>What each layer costs</source>
            <translation>各層的成本</translation>
        </message>
        <message>
            <source>stripes predicted, dots simulated, solid counted</source>
            <translation>斜紋為預測、圓點為模擬、實色為實測</translation>
        </message>
        <message>
            <source>one click each; Ctrl+Z takes a recipe back</source>
            <translation>各按一下即可；Ctrl+Z 可還原配方</translation>
        </message>
    </context>
    <context>
        <name>FitPanel</name>
        <message>
            <source>Change the budget…</source>
            <translation>變更預算…</translation>
        </message>
        <message>
            <source>Fit</source>
            <translation>配置</translation>
        </message>
        <message>
            <source>measured</source>
            <translation>實測</translation>
        </message>
        <message>
            <source>simulated</source>
            <translation>模擬</translation>
        </message>
        <message>
            <source>predicted</source>
            <translation>預測</translation>
        </message>
        <message>
            <source>on {board}</source>
            <translation>在 {board} 上</translation>
        </message>
        <message>
            <source>Fits</source>
            <translation>放得下</translation>
        </message>
        <message>
            <source>Fits, tight</source>
            <translation>勉強放得下</translation>
        </message>
        <message>
            <source>Over budget</source>
            <translation>超出預算</translation>
        </message>
        <message>
            <source>{n}× smaller</source>
            <translation>縮小 {n} 倍</translation>
        </message>
        <message>
            <source>than the trained network in 32-bit floats</source>
            <translation>相較於 32 位元浮點的訓練網路</translation>
        </message>
        <message>
            <source>These four bars follow you.</source>
            <translation>這四條長條會一路跟著你。</translation>
        </message>
        <message>
            <source>They show, at every step, whether the model fits your chip.</source>
            <translation>每一步都顯示模型是否放得進你的晶片。</translation>
        </message>
    </context>
    <context>
        <name>FlashBar</name>
        <message>
            <source>What is stored in flash</source>
            <translation>Flash裡存了什麼</translation>
        </message>
        <message>
            <source>{size} free</source>
            <translation>剩餘 {size}</translation>
        </message>
        <message>
            <source>budget {size}</source>
            <translation>預算 {size}</translation>
        </message>
    </context>
    <context>
        <name>FlashCard</name>
        <message>
            <source>Restart</source>
            <translation>重新啟動</translation>
        </message>
        <message>
            <source>Flashing</source>
            <translation>燒錄</translation>
        </message>
        <message>
            <source>Write {size}</source>
            <translation>寫入 {size}</translation>
        </message>
        <message>
            <source>Erase</source>
            <translation>抹除</translation>
        </message>
        <message>
            <source>Write</source>
            <translation>寫入</translation>
        </message>
        <message>
            <source>Read back, compare</source>
            <translation>讀回並比對</translation>
        </message>
        <message>
            <source>Restart, say hello</source>
            <translation>重新啟動並問好</translation>
        </message>
        <message>
            <source>not yet</source>
            <translation>尚未</translation>
        </message>
        <message>
            <source>Done, {time}</source>
            <translation>完成，{time}</translation>
        </message>
        <message>
            <source>Writing</source>
            <translation>寫入中</translation>
        </message>
    </context>
    <context>
        <name>FrontPlot</name>
        <message>
            <source>Networks that were tried</source>
            <translation>試過的網路</translation>
        </message>
        <message>
            <source>milliseconds per answer, predicted</source>
            <translation>每次回答的毫秒數(預測)</translation>
        </message>
        <message>
            <source>Each network that is trained becomes a point</source>
            <translation>每訓練好一個網路,這裡就多一個點</translation>
        </message>
        <message>
            <source>at least {n} %</source>
            <translation>至少 {n} %</translation>
        </message>
        <message>
            <source>budget {n} ms</source>
            <translation>預算 {n} 毫秒</translation>
        </message>
    </context>
    <context>
        <name>Gauge</name>
        <message>
            <source>Flash</source>
            <translation>Flash</translation>
        </message>
        <message>
            <source>SRAM</source>
            <translation>SRAM</translation>
        </message>
        <message>
            <source>Latency</source>
            <translation>延遲</translation>
        </message>
        <message>
            <source>Accuracy</source>
            <translation>準確率</translation>
        </message>
        <message>
            <source>program size</source>
            <translation>程式大小</translation>
        </message>
        <message>
            <source>working memory</source>
            <translation>工作記憶體</translation>
        </message>
        <message>
            <source>time per answer</source>
            <translation>每次回答時間</translation>
        </message>
        <message>
            <source>answers right</source>
            <translation>回答正確率</translation>
        </message>
        <message>
            <source>not known yet</source>
            <translation>尚不清楚</translation>
        </message>
        <message>
            <source>no budget set</source>
            <translation>未設定預算</translation>
        </message>
        <message>
            <source>{n} pt above minimum</source>
            <translation>高於下限 {n} 點</translation>
        </message>
        <message>
            <source>{n} pt too low</source>
            <translation>低了 {n} 點</translation>
        </message>
        <message>
            <source>{amount} to spare</source>
            <translation>餘裕 {amount}</translation>
        </message>
        <message>
            <source>{amount} too slow</source>
            <translation>慢了 {amount}</translation>
        </message>
        <message>
            <source>{amount} too much</source>
            <translation>超出 {amount}</translation>
        </message>
        <message>
            <source>no budget</source>
            <translation>無預算</translation>
        </message>
        <message>
            <source>at least {n}</source>
            <translation>至少 {n}</translation>
        </message>
        <message>
            <source>budget {n}</source>
            <translation>預算 {n}</translation>
        </message>
        <message>
            <source>{n}× the budget</source>
            <translation>預算的 {n} 倍</translation>
        </message>
        <message>
            <source>simulated</source>
            <translation>模擬</translation>
        </message>
        <message>
            <source>predicted</source>
            <translation>預測</translation>
        </message>
        <message>
            <source>was {n}</source>
            <translation>原為 {n}</translation>
        </message>
        <message>
            <source>measured</source>
            <translation>實測</translation>
        </message>
        <message>
            <source>simulated on a virtual board</source>
            <translation>在虛擬開發板上模擬</translation>
        </message>
        <message>
            <source>faults told apart, AUC</source>
            <translation>分辨故障，AUC</translation>
        </message>
    </context>
    <context>
        <name>HealthyClasses</name>
        <message>
            <source>Which classes are healthy?</source>
            <translation>哪些類別是健康的？</translation>
        </message>
        <message>
            <source>Read the examples first; then their classes are shown here.</source>
            <translation>請先讀取範例，之後這裡會列出類別。</translation>
        </message>
        <message>
            <source>all others count as faults</source>
            <translation>其餘都算故障</translation>
        </message>
        <message>
            <source>Chosen by their names: what is called normal, healthy or good.</source>
            <translation>依名稱選定：名稱含 normal、healthy 或 good 的類別。</translation>
        </message>
        <message>
            <source>This network tells all classes apart and learns the faults, too: what is healthy counts for an autoencoder only.</source>
            <translation>這個網路會分辨所有類別，也會學習故障；健康與否只對自編碼器有意義。</translation>
        </message>
        <message>
            <source>No class is ticked: an autoencoder has nothing to learn from. Tick one.</source>
            <translation>沒有勾選任何類別：自編碼器沒有可以學習的內容。請勾選一個。</translation>
        </message>
        <message>
            <source>Until then the choice before stays.</source>
            <translation>在那之前，沿用先前的選擇。</translation>
        </message>
        <message>
            <source>Every class is ticked: without faults no AUC can be computed, so how well faults are found stays unknown.</source>
            <translation>每個類別都勾選了：沒有故障樣本就無法計算 AUC，因此無從得知找出故障的能力。</translation>
        </message>
        <message>
            <source>{name} is healthy</source>
            <translation>{name} 是健康的</translation>
        </message>
        <message>
            <source>Spectra</source>
            <translation>頻譜</translation>
        </message>
        <message>
            <source>The level of every frequency. Best to tell several classes apart.</source>
            <translation>每個頻率的強度。最適合分辨多個類別。</translation>
        </message>
        <message>
            <source>Gain-free</source>
            <translation>不受增益影響</translation>
        </message>
        <message>
            <source>What another mounting of the sensor leaves alone. Suits the small autoencoder.</source>
            <translation>換個方式安裝感測器也不會改變的特徵。適合小型自編碼器。</translation>
        </message>
        <message>
            <source>What is read of the vibration</source>
            <translation>讀取振動的哪些特徵</translation>
        </message>
    </context>
    <context>
        <name>HelpSheet</name>
        <message>
            <source>find a command by its name</source>
            <translation>依名稱尋找指令</translation>
        </message>
        <message>
            <source>go to a step</source>
            <translation>前往某步驟</translation>
        </message>
        <message>
            <source>the one next action</source>
            <translation>執行下一個動作</translation>
        </message>
        <message>
            <source>open a model</source>
            <translation>開啟模型</translation>
        </message>
        <message>
            <source>open a project</source>
            <translation>開啟專案</translation>
        </message>
        <message>
            <source>undo and redo a change of the recipe</source>
            <translation>復原與重做配方變更</translation>
        </message>
        <message>
            <source>move a recipe step</source>
            <translation>移動配方步驟</translation>
        </message>
        <message>
            <source>switch a recipe step on or off</source>
            <translation>開啟或關閉配方步驟</translation>
        </message>
        <message>
            <source>pause the training, or the live view</source>
            <translation>暫停訓練，或即時畫面</translation>
        </message>
        <message>
            <source>stop the training here and keep the best</source>
            <translation>在此停止訓練並保留最好的結果</translation>
        </message>
        <message>
            <source>demo mode: plays the whole path</source>
            <translation>展示模式：播放整個流程</translation>
        </message>
        <message>
            <source>this sheet</source>
            <translation>本說明</translation>
        </message>
        <message>
            <source>Find a command</source>
            <translation>尋找指令</translation>
        </message>
        <message>
            <source>Check this computer</source>
            <translation>檢查這台電腦</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>關閉</translation>
        </message>
        <message>
            <source>Keys</source>
            <translation>按鍵</translation>
        </message>
        <message>
            <source>Everything works without a mouse.</source>
            <translation>不用滑鼠也能完成一切操作。</translation>
        </message>
    </context>
    <context>
        <name>InputCard</name>
        <message>
            <source>Test clips</source>
            <translation>測試樣本</translation>
        </message>
        <message>
            <source>By hand</source>
            <translation>手動</translation>
        </message>
        <message>
            <source>Microphone</source>
            <translation>麥克風</translation>
        </message>
        <message>
            <source>Input</source>
            <translation>輸入</translation>
        </message>
        <message>
            <source>Send</source>
            <translation>送出</translation>
        </message>
        <message>
            <source>Level</source>
            <translation>音量</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>再試一次</translation>
        </message>
        <message>
            <source>The clips of the test set, one after the other</source>
            <translation>測試集的樣本，一個接一個</translation>
        </message>
        <message>
            <source>There is no test set: the board repeats its last input</source>
            <translation>沒有測試集：開發板會重複上一個輸入</translation>
        </message>
        <message>
            <source>{n} clips of the test set, one after the other</source>
            <translation>測試集的 {n} 個樣本，一個接一個</translation>
        </message>
        <message>
            <source>Nothing is heard</source>
            <translation>聽不到聲音</translation>
        </message>
        <message>
            <source>Say a word</source>
            <translation>請說一個詞</translation>
        </message>
        <message>
            <source>Opening the microphone</source>
            <translation>正在開啟麥克風</translation>
        </message>
        <message>
            <source>The newest input appears here</source>
            <translation>最新的輸入會顯示在這裡</translation>
        </message>
        <message>
            <source>Clip</source>
            <translation>樣本</translation>
        </message>
        <message>
            <source>Every value</source>
            <translation>每個值</translation>
        </message>
        <message>
            <source>of {n}: {name}</source>
            <translation>共 {n} 個：{name}</translation>
        </message>
        <message>
            <source>of {n}</source>
            <translation>共 {n} 個</translation>
        </message>
        <message>
            <source>Clip {n} {about}</source>
            <translation>樣本 {n}，{about}</translation>
        </message>
        <message>
            <source>The last second that was heard</source>
            <translation>剛聽到的一秒</translation>
        </message>
        <message>
            <source>too loud</source>
            <translation>太大聲</translation>
        </message>
    </context>
    <context>
        <name>JobCard</name>
        <message>
            <source>Cancel…</source>
            <translation>取消…</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暫停</translation>
        </message>
        <message>
            <source>Stop, keep best</source>
            <translation>停止，保留最好的</translation>
        </message>
        <message>
            <source>Keep going</source>
            <translation>繼續執行</translation>
        </message>
        <message>
            <source>Cancel the job</source>
            <translation>取消工作</translation>
        </message>
        <message>
            <source>Stop this job?</source>
            <translation>要停止這項工作嗎？</translation>
        </message>
        <message>
            <source>Finished steps are kept. The running step would start again.</source>
            <translation>已完成的步驟會保留；執行中的步驟將重新開始。</translation>
        </message>
        <message>
            <source>Paused: {title}</source>
            <translation>已暫停：{title}</translation>
        </message>
        <message>
            <source>Ends this training with its best epoch; the job goes on with the next step.</source>
            <translation>以最好的一輪結束這次訓練；工作接著進行下一步。</translation>
        </message>
        <message>
            <source>Stopping…</source>
            <translation>停止中…</translation>
        </message>
        <message>
            <source>once it goes on</source>
            <translation>繼續後起算</translation>
        </message>
        <message>
            <source>time left not known yet</source>
            <translation>剩餘時間尚不清楚</translation>
        </message>
        <message>
            <source>about {time} left</source>
            <translation>約剩 {time}</translation>
        </message>
        <message>
            <source>longer than it looked</source>
            <translation>比預期久</translation>
        </message>
        <message>
            <source>done at about {clock}</source>
            <translation>約 {clock} 完成</translation>
        </message>
        <message>
            <source>Continue</source>
            <translation>繼續</translation>
        </message>
    </context>
    <context>
        <name>JobRunner</name>
        <message>
            <source>The worker process ended unexpectedly (code {code}).</source>
            <translation>工作程序意外結束（代碼 {code}）。</translation>
        </message>
        <message>
            <source>Run again; everything finished before is kept.</source>
            <translation>請再執行一次；先前完成的都會保留。</translation>
        </message>
    </context>
    <context>
        <name>LatencyCard</name>
        <message>
            <source>typical (p50)</source>
            <translation>典型值 (p50)</translation>
        </message>
        <message>
            <source>worst 1 % (p99)</source>
            <translation>最差 1 % (p99)</translation>
        </message>
        <message>
            <source>your budget</source>
            <translation>你的預算</translation>
        </message>
        <message>
            <source>Time per answer</source>
            <translation>每次回答時間</translation>
        </message>
    </context>
    <context>
        <name>LatencyHistogram</name>
        <message>
            <source>How often each latency occurs</source>
            <translation>各延遲出現的次數</translation>
        </message>
        <message>
            <source>{low} to {high} ms: {n}</source>
            <translation>{low} 到 {high} ms：{n}</translation>
        </message>
    </context>
    <context>
        <name>LatencyPlots</name>
        <message>
            <source>Latency, last minute</source>
            <translation>最近一分鐘的延遲</translation>
        </message>
        <message>
            <source>How often each time occurs</source>
            <translation>各時間出現的次數</translation>
        </message>
        <message>
            <source>Every answer of the board appears here.</source>
            <translation>開發板的每個答案都會出現在這裡。</translation>
        </message>
        <message>
            <source>no answers yet</source>
            <translation>還沒有答案</translation>
        </message>
        <message>
            <source>{n} answers</source>
            <translation>{n} 個答案</translation>
        </message>
        <message>
            <source>none late</source>
            <translation>沒有逾時</translation>
        </message>
        <message>
            <source>{n} late</source>
            <translation>{n} 個逾時</translation>
        </message>
    </context>
    <context>
        <name>LayerBars</name>
        <message>
            <source>Time of each layer</source>
            <translation>各層時間</translation>
        </message>
    </context>
    <context>
        <name>LayerList</name>
        <message>
            <source>No.</source>
            <translation>編號</translation>
        </message>
        <message>
            <source>Layer</source>
            <translation>層</translation>
        </message>
        <message>
            <source>Operator</source>
            <translation>運算子</translation>
        </message>
        <message>
            <source>Output</source>
            <translation>輸出</translation>
        </message>
        <message>
            <source>MACs</source>
            <translation>MAC 運算</translation>
        </message>
        <message>
            <source>Weights</source>
            <translation>權重</translation>
        </message>
        <message>
            <source>On a board</source>
            <translation>在開發板上</translation>
        </message>
        <message>
            <source>not supported</source>
            <translation>不支援</translation>
        </message>
        <message>
            <source>replaced</source>
            <translation>已替換</translation>
        </message>
        <message>
            <source>supported</source>
            <translation>支援</translation>
        </message>
    </context>
    <context>
        <name>LayerStrip</name>
        <message>
            <source>{n} layers</source>
            <translation>{n} 層</translation>
        </message>
        <message>
            <source>{name} ({kind}): output {shape}, weights {weights}, {macs} MACs</source>
            <translation>{name}（{kind}）：輸出 {shape}，權重 {weights}，{macs} MAC</translation>
        </message>
        <message>
            <source>{percent} of what is shown</source>
            <translation>佔所示成本的 {percent}</translation>
        </message>
    </context>
    <context>
        <name>LayerTimesCard</name>
        <message>
            <source>The cycles of each layer appear with the first answers of the board.</source>
            <translation>開發板回覆第一批答案後會顯示各層週期數。</translation>
        </message>
        <message>
            <source>Where the time goes</source>
            <translation>時間花在哪裡</translation>
        </message>
        <message>
            <source>ms, sums to {total}; mark: predicted</source>
            <translation>ms，合計 {total}；標記：預測</translation>
        </message>
    </context>
    <context>
        <name>LayersTable</name>
        <message>
            <source>Layers</source>
            <translation>各層</translation>
        </message>
    </context>
    <context>
        <name>LinkCard</name>
        <message>
            <source>Selected</source>
            <translation>已選擇</translation>
        </message>
        <message>
            <source>Use</source>
            <translation>使用</translation>
        </message>
    </context>
    <context>
        <name>LiveInput</name>
        <message>
            <source>The model is not converted yet.</source>
            <translation>模型還沒有轉換。</translation>
        </message>
        <message>
            <source>Run Verify first, then try again.</source>
            <translation>請先執行「驗證」，再試一次。</translation>
        </message>
        <message>
            <source>The process that hears has ended.</source>
            <translation>負責收音的程序已結束。</translation>
        </message>
        <message>
            <source>Try again.</source>
            <translation>再試一次。</translation>
        </message>
    </context>
    <context>
        <name>LiveLink</name>
        <message>
            <source>The recorder process ended (code {code}).</source>
            <translation>記錄程序已結束（代碼 {code}）。</translation>
        </message>
    </context>
    <context>
        <name>LivePage</name>
        <message>
            <source>Last answer</source>
            <translation>最近的答案</translation>
        </message>
        <message>
            <source>Record</source>
            <translation>錄製</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暫停</translation>
        </message>
        <message>
            <source>Freezes the view, not the recording</source>
            <translation>只凍結畫面，不停止錄製</translation>
        </message>
        <message>
            <source>CSV</source>
            <translation>CSV</translation>
        </message>
        <message>
            <source>Save the latencies of the last minute</source>
            <translation>儲存最近一分鐘的延遲</translation>
        </message>
        <message>
            <source>PNG</source>
            <translation>PNG</translation>
        </message>
        <message>
            <source>Save the chart as a picture</source>
            <translation>將圖表存成圖片</translation>
        </message>
        <message>
            <source>Flash &amp; Live</source>
            <translation>燒錄與即時</translation>
        </message>
        <message>
            <source>Writes the firmware to the board, then shows every answer it gives.</source>
            <translation>把韌體寫入開發板，並顯示它的每個答案。</translation>
        </message>
        <message>
            <source>The live link waits for the job</source>
            <translation>即時連線正等待工作完成</translation>
        </message>
        <message>
            <source>Connect</source>
            <translation>連線</translation>
        </message>
        <message>
            <source>Connect after flashing</source>
            <translation>燒錄後連線</translation>
        </message>
        <message>
            <source>lost messages not known</source>
            <translation>遺失訊息數不明</translation>
        </message>
        <message>
            <source>Connected for {time}, {lost}</source>
            <translation>已連線 {time}，{lost}</translation>
        </message>
        <message>
            <source>Disconnect</source>
            <translation>中斷連線</translation>
        </message>
        <message>
            <source>Play test clips</source>
            <translation>播放測試片段</translation>
        </message>
        <message>
            <source>The program on the board stopped</source>
            <translation>開發板上的程式已停止</translation>
        </message>
        <message>
            <source>Restart the board</source>
            <translation>重新啟動開發板</translation>
        </message>
        <message>
            <source>Waiting for the board to answer</source>
            <translation>等待開發板回答</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Tries again by itself</source>
            <translation>會自動重試</translation>
        </message>
        <message>
            <source>Stopped</source>
            <translation>已停止</translation>
        </message>
        <message>
            <source>This model is not fed with sound</source>
            <translation>這個模型不接收聲音</translation>
        </message>
        <message>
            <source>Thimble tries again by itself; everything received so far is kept.</source>
            <translation>Thimble 會自動重試；已收到的資料都會保留。</translation>
        </message>
        <message>
            <source>features made on this computer, measured</source>
            <translation>特徵由這台電腦計算，實測</translation>
        </message>
        <message>
            <source>features made on the board, simulated</source>
            <translation>特徵由開發板計算，模擬</translation>
        </message>
        <message>
            <source>features made on the board, measured</source>
            <translation>特徵由開發板計算，實測</translation>
        </message>
        <message>
            <source>The board runs an older model</source>
            <translation>開發板執行的是較舊的模型</translation>
        </message>
        <message>
            <source>Flash the board</source>
            <translation>燒錄開發板</translation>
        </message>
        <message>
            <source>The board is flashed</source>
            <translation>開發板已燒錄</translation>
        </message>
        <message>
            <source>1 lost message</source>
            <translation>遺失 1 則訊息</translation>
        </message>
        <message>
            <source>{n} lost messages</source>
            <translation>遺失 {n} 則訊息</translation>
        </message>
        <message>
            <source>Nothing on the board yet</source>
            <translation>開發板上還沒有程式</translation>
        </message>
        <message>
            <source>Thimble builds the firmware, writes it to the board and starts it.</source>
            <translation>Thimble 會建置韌體、寫入開發板並啟動。</translation>
        </message>
        <message>
            <source>It just heard</source>
            <translation>剛才聽到</translation>
        </message>
        <message>
            <source>It just saw</source>
            <translation>剛才看到</translation>
        </message>
        <message>
            <source>simulated, virtual board</source>
            <translation>模擬，虛擬開發板</translation>
        </message>
        <message>
            <source>measured on the chip</source>
            <translation>在晶片上實測</translation>
        </message>
        <message>
            <source>Connecting</source>
            <translation>連線中</translation>
        </message>
        <message>
            <source>Lost</source>
            <translation>已斷線</translation>
        </message>
        <message>
            <source>Not connected</source>
            <translation>未連線</translation>
        </message>
        <message>
            <source>Paused</source>
            <translation>已暫停</translation>
        </message>
        <message>
            <source>Live</source>
            <translation>即時</translation>
        </message>
        <message>
            <source>Recording</source>
            <translation>錄製中</translation>
        </message>
        <message>
            <source>The board stopped talking {n} s ago. Check the cable.</source>
            <translation>開發板在 {n} 秒前停止通訊。請檢查連接線。</translation>
        </message>
        <message>
            <source>Every test input goes to the board and to this PC.</source>
            <translation>每筆測試輸入都送到開發板與這台電腦。</translation>
        </message>
        <message>
            <source>{done} of {total} inputs</source>
            <translation>{done} / {total} 筆輸入</translation>
        </message>
        <message>
            <source>Compare</source>
            <translation>比較</translation>
        </message>
        <message>
            <source>The live samples cannot be read: {error}</source>
            <translation>無法讀取即時樣本：{error}</translation>
        </message>
        <message>
            <source>Resume</source>
            <translation>繼續</translation>
        </message>
    </context>
    <context>
        <name>LogView</name>
        <message>
            <source>Log</source>
            <translation>記錄</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>Starting</source>
            <translation>啟動中</translation>
        </message>
        <message>
            <source>Record to</source>
            <translation>錄製到</translation>
        </message>
        <message>
            <source>Models ({endings})</source>
            <translation>模型 ({endings})</translation>
        </message>
        <message>
            <source>Choose a model</source>
            <translation>選擇模型</translation>
        </message>
        <message>
            <source>Choose a SavedModel folder</source>
            <translation>選擇 SavedModel 資料夾</translation>
        </message>
        <message>
            <source>Choose a project folder (.thimble)</source>
            <translation>選擇專案資料夾 (.thimble)</translation>
        </message>
        <message>
            <source>Examples ({endings})</source>
            <translation>範例（{endings}）</translation>
        </message>
        <message>
            <source>Choose a file of examples</source>
            <translation>選擇範例檔案</translation>
        </message>
        <message>
            <source>Choose a folder with one sub-folder for each class</source>
            <translation>選擇資料夾，其中每個類別一個子資料夾</translation>
        </message>
        <message>
            <source>Save</source>
            <translation>儲存</translation>
        </message>
        <message>
            <source>Save report</source>
            <translation>儲存報告</translation>
        </message>
        <message>
            <source>Save picture</source>
            <translation>儲存圖片</translation>
        </message>
        <message>
            <source>the disk refused</source>
            <translation>磁碟拒絕寫入</translation>
        </message>
        <message>
            <source>{file} could not be saved: {reason}.</source>
            <translation>無法儲存 {file}：{reason}。</translation>
        </message>
        <message>
            <source>Choose another folder.</source>
            <translation>請選擇其他資料夾。</translation>
        </message>
    </context>
    <context>
        <name>MeaningForm</name>
        <message>
            <source>These are right</source>
            <translation>這些都正確</translation>
        </message>
        <message>
            <source>Take the guesses as known</source>
            <translation>把猜測當作已知</translation>
        </message>
        <message>
            <source>0 to 255, as they are</source>
            <translation>0 到 255，原樣</translation>
        </message>
        <message>
            <source>0 to 1</source>
            <translation>0 到 1</translation>
        </message>
        <message>
            <source>−1 to 1</source>
            <translation>−1 到 1</translation>
        </message>
        <message>
            <source>ImageNet's mean and deviation</source>
            <translation>ImageNet 的平均與標準差</translation>
        </message>
        <message>
            <source>other numbers</source>
            <translation>其他數值</translation>
        </message>
        <message>
            <source>red, green, blue</source>
            <translation>紅、綠、藍</translation>
        </message>
        <message>
            <source>blue, green, red</source>
            <translation>藍、綠、紅</translation>
        </message>
        <message>
            <source>yes, no, stop … in the order of the outputs</source>
            <translation>yes、no、stop … 依輸出順序</translation>
        </message>
        <message>
            <source>What it is for</source>
            <translation>用途</translation>
        </message>
        <message>
            <source>Pixels become</source>
            <translation>像素轉為</translation>
        </message>
        <message>
            <source>Scale</source>
            <translation>縮放</translation>
        </message>
        <message>
            <source>Mean</source>
            <translation>平均</translation>
        </message>
        <message>
            <source>Order of colours</source>
            <translation>顏色順序</translation>
        </message>
        <message>
            <source>Names of the answers</source>
            <translation>答案名稱</translation>
        </message>
        <message>
            <source>What goes in and comes out</source>
            <translation>輸入與輸出</translation>
        </message>
        <message>
            <source>the network takes scale × (value − mean)</source>
            <translation>網路接收：縮放 ×（數值 − 平均）</translation>
        </message>
        <message>
            <source>{n} guessed: please look</source>
            <translation>{n} 項為猜測：請確認</translation>
        </message>
        <message>
            <source>All known</source>
            <translation>全部已知</translation>
        </message>
        <message>
            <source>Why this guess: {reason}. A wrong scale gives no error, only wrong answers.</source>
            <translation>猜測理由：{reason}。縮放錯誤不會出現錯誤訊息，只會得到錯的答案。</translation>
        </message>
    </context>
    <context>
        <name>MemoryMap</name>
        <message>
            <source>Which piece of data lies where in memory, and when</source>
            <translation>哪份資料何時放在記憶體何處</translation>
        </message>
        <message>
            <source>{name}: {size}, address {low} to {high}, alive from {first} to {last}</source>
            <translation>{name}：{size}，位址 {low} 到 {high}，存活於第 {first} 到 {last} 層</translation>
        </message>
        <message>
            <source>Written over {name} in place</source>
            <translation>就地覆寫 {name}</translation>
        </message>
        <message>
            <source>No memory plan yet.</source>
            <translation>還沒有記憶體規劃。</translation>
        </message>
        <message>
            <source>{name} for the arena, {size}</source>
            <translation>{name} 供張量區使用，{size}</translation>
        </message>
        <message>
            <source>{size} free above; axis cut</source>
            <translation>上方剩餘 {size}；座標軸截斷</translation>
        </message>
        <message>
            <source>busiest moment, {size}</source>
            <translation>最吃緊時刻，{size}</translation>
        </message>
        <message>
            <source>lowest possible, {size}</source>
            <translation>最小可能值，{size}</translation>
        </message>
        <message>
            <source>busiest moment, {size}: the lowest possible</source>
            <translation>最吃緊時刻，{size}：已是最小可能值</translation>
        </message>
        <message>
            <source>layer number, in the order they run</source>
            <translation>層編號，依執行順序</translation>
        </message>
        <message>
            <source>layers, in the order they run</source>
            <translation>各層，依執行順序</translation>
        </message>
    </context>
    <context>
        <name>MistakesCard</name>
        <message>
            <source>Mix-ups</source>
            <translation>混淆</translation>
        </message>
        <message>
            <source>Hardest</source>
            <translation>最難</translation>
        </message>
        <message>
            <source>The hardest examples; the arrow keys choose one, Space plays it</source>
            <translation>最難的範例；以方向鍵選擇，空白鍵播放</translation>
        </message>
        <message>
            <source>What it mixes up</source>
            <translation>容易混淆的類別</translation>
        </message>
        <message>
            <source>It was {true}; the model said {said}, {percent} sure.</source>
            <translation>實際是 {true}；模型回答 {said}，確信度 {percent}。</translation>
        </message>
        <message>
            <source>It was {true}; the model said so, but only {percent} sure.</source>
            <translation>實際是 {true}；模型答對，但確信度只有 {percent}。</translation>
        </message>
        <message>
            <source>The examples have changed since, so it cannot be shown.</source>
            <translation>範例之後已變更，因此無法顯示。</translation>
        </message>
        <message>
            <source>What it repeats worst</source>
            <translation>重現得最差的</translation>
        </message>
        <message>
            <source>largest error first</source>
            <translation>誤差最大的在前</translation>
        </message>
        <message>
            <source>error × {times}</source>
            <translation>誤差 × {times}</translation>
        </message>
        <message>
            <source>Healthy ({true}), but with {times} times the usual error: a false alarm.</source>
            <translation>健康（{true}），但誤差是平常的 {times} 倍：誤報。</translation>
        </message>
        <message>
            <source>A fault ({true}), with {times} times the error of a healthy one.</source>
            <translation>故障（{true}），誤差是健康樣本的 {times} 倍。</translation>
        </message>
    </context>
    <context>
        <name>ModelCard</name>
        <message>
            <source>Adjustable numbers (parameters)</source>
            <translation>可調整的數值（參數）</translation>
        </message>
        <message>
            <source>Work per answer (MACs)</source>
            <translation>每次回答的運算量 (MAC)</translation>
        </message>
        <message>
            <source>Number format</source>
            <translation>數字格式</translation>
        </message>
        <message>
            <source>Input</source>
            <translation>輸入</translation>
        </message>
        <message>
            <source>Answers</source>
            <translation>答案</translation>
        </message>
        <message>
            <source>not read yet; its facts appear here</source>
            <translation>尚未讀取；資訊會顯示在此</translation>
        </message>
        <message>
            <source>Blocks</source>
            <translation>方塊</translation>
        </message>
        <message>
            <source>Layers</source>
            <translation>各層</translation>
        </message>
        <message>
            <source>Operators</source>
            <translation>運算子</translation>
        </message>
        <message>
            <source>Boards</source>
            <translation>開發板</translation>
        </message>
        <message>
            <source>{n} classes</source>
            <translation>{n} 個類別</translation>
        </message>
        <message>
            <source>Cannot run on a board: {kinds}</source>
            <translation>無法在開發板上執行：{kinds}</translation>
        </message>
        <message>
            <source>{n} kinds of operators cannot run</source>
            <translation>{n} 種運算子無法執行</translation>
        </message>
        <message>
            <source>Every layer can run on a board</source>
            <translation>每一層都能在開發板上執行</translation>
        </message>
        <message>
            <source>can be trained</source>
            <translation>可訓練</translation>
        </message>
        <message>
            <source>finished, cannot be trained</source>
            <translation>已完成，無法訓練</translation>
        </message>
        <message>
            <source>converted as it is</source>
            <translation>原樣轉換</translation>
        </message>
        <message>
            <source>cannot be read as it is</source>
            <translation>無法照原樣讀取</translation>
        </message>
        <message>
            <source>{format}, {layers} layers, {kind}</source>
            <translation>{format}，{layers} 層，{kind}</translation>
        </message>
        <message>
            <source>channels first in the file</source>
            <translation>檔案中通道在前</translation>
        </message>
        <message>
            <source>channels last in the file</source>
            <translation>檔案中通道在後</translation>
        </message>
        <message>
            <source>time steps first in the file</source>
            <translation>檔案中時間步在前</translation>
        </message>
        <message>
            <source>one row a layer, in the order in which they run</source>
            <translation>每層一列，依執行順序</translation>
        </message>
        <message>
            <source>what a board can calculate, and what helps where it cannot</source>
            <translation>開發板能計算什麼，不能時該怎麼辦</translation>
        </message>
        <message>
            <source>predicted from the plan; before training, for its 8-bit form</source>
            <translation>由規劃預測；訓練前以其 8 位元形式計算</translation>
        </message>
        <message>
            <source>no prediction yet, or an operator cannot run</source>
            <translation>尚無預測，或有運算子無法執行</translation>
        </message>
        <message>
            <source>Flash</source>
            <translation>Flash</translation>
        </message>
        <message>
            <source>MACs</source>
            <translation>MAC 運算</translation>
        </message>
        <message>
            <source>SRAM</source>
            <translation>SRAM</translation>
        </message>
        <message>
            <source>Time</source>
            <translation>時間</translation>
        </message>
        <message>
            <source>Which cost the colours show</source>
            <translation>顏色表示哪一種成本</translation>
        </message>
        <message>
            <source>wide: channels; high: output; bright: cost</source>
            <translation>寬：通道；高：輸出；亮：成本</translation>
        </message>
        <message>
            <source>times need a plan of just these layers</source>
            <translation>時間需要這些層的規劃</translation>
        </message>
    </context>
    <context>
        <name>ModelPage</name>
        <message>
            <source>Choose another file…</source>
            <translation>選擇其他檔案…</translation>
        </message>
        <message>
            <source>No model at hand? Start with a ready-made task</source>
            <translation>手邊沒有模型？從現成任務開始</translation>
        </message>
        <message>
            <source>comes with a network and test data</source>
            <translation>附有網路與測試資料</translation>
        </message>
        <message>
            <source>Start from a file of your own or from a ready-made task. Thimble never changes your file.</source>
            <translation>從自己的檔案或現成任務開始。Thimble 絕不更動你的檔案。</translation>
        </message>
        <message>
            <source>Choose a model to go on</source>
            <translation>請先選擇模型</translation>
        </message>
        <message>
            <source>Continue to Board</source>
            <translation>前往「開發板」</translation>
        </message>
        <message>
            <source>Next: choose the chip it has to fit into</source>
            <translation>下一步：選擇要放進的晶片</translation>
        </message>
        <message>
            <source>A finished model brings no test set.</source>
            <translation>完成的模型不附測試集。</translation>
        </message>
        <message>
            <source>Byte comparison uses seeded noise as input.</source>
            <translation>位元組比對以固定種子的雜訊為輸入。</translation>
        </message>
        <message>
            <source>Examples: {source}</source>
            <translation>範例：{source}</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>關閉</translation>
        </message>
        <message>
            <source>Look at another file…</source>
            <translation>看看其他檔案…</translation>
        </message>
        <message>
            <source>Put away</source>
            <translation>收起</translation>
        </message>
        <message>
            <source>read when the project is made</source>
            <translation>建立專案時讀取</translation>
        </message>
        <message>
            <source>No examples: it is used as it is.</source>
            <translation>沒有範例：照原樣使用。</translation>
        </message>
        <message>
            <source>No examples: it is converted as it is, without training.</source>
            <translation>沒有範例：不經訓練，直接轉換原模型。</translation>
        </message>
        <message>
            <source>It has {inputs} inputs and {outputs} outputs; examples are for one of each.</source>
            <translation>它有 {inputs} 個輸入和 {outputs} 個輸出；範例只適用於各一個。</translation>
        </message>
        <message>
            <source>Choose examples to train it and to make it smaller.</source>
            <translation>選擇範例以訓練並縮小它。</translation>
        </message>
        <message>
            <source>Only to try the way: choose your own for a model that is of use.</source>
            <translation>僅供試走流程：要得到可用的模型，請選自己的範例。</translation>
        </message>
        <message>
            <source>Next: make a project of this model; the file is copied</source>
            <translation>下一步：用此模型建立專案；檔案會被複製</translation>
        </message>
        <message>
            <source>It cannot run on a board as it is: see Operators for what helps</source>
            <translation>目前無法在開發板上執行：請看「運算子」的建議</translation>
        </message>
        <message>
            <source>Use this model</source>
            <translation>使用此模型</translation>
        </message>
        <message>
            <source>Looking at {file}</source>
            <translation>正在查看 {file}</translation>
        </message>
        <message>
            <source>Making a project</source>
            <translation>正在建立專案</translation>
        </message>
        <message>
            <source>The file is read in a process of its own, without rights.</source>
            <translation>檔案由沒有權限的獨立程序讀取。</translation>
        </message>
        <message>
            <source>Read the model</source>
            <translation>讀取模型</translation>
        </message>
        <message>
            <source>No data set belongs to this model.</source>
            <translation>此模型沒有資料集。</translation>
        </message>
        <message>
            <source>Ranges come from your own samples. Training is not offered.</source>
            <translation>數值範圍來自您的樣本。不提供訓練。</translation>
        </message>
        <message>
            <source>Ranges come from the file or from made-up inputs. Training is not offered.</source>
            <translation>數值範圍來自檔案或虛構的輸入。不提供訓練。</translation>
        </message>
        <message>
            <source>not read yet</source>
            <translation>尚未讀取</translation>
        </message>
        <message>
            <source>{train} examples to learn from, {test} kept for the test.</source>
            <translation>{train} 個範例用於學習，{test} 個保留測試。</translation>
        </message>
        <message>
            <source>{source}; test groups stay unseen</source>
            <translation>{source}；測試群組不參與訓練</translation>
        </message>
        <message>
            <source>Choose a file…</source>
            <translation>選擇檔案…</translation>
        </message>
        <message>
            <source>Drop a neural network here</source>
            <translation>把神經網路拖放到這裡</translation>
        </message>
        <message>
            <source>Thimble makes it small enough for a microcontroller, proves that nothing broke, and runs it on your board.</source>
            <translation>Thimble 讓它小到能放進微控制器，證明沒有損壞，並在你的開發板上執行。</translation>
        </message>
        <message>
            <source>Open again: {name}</source>
            <translation>重新開啟：{name}</translation>
        </message>
        <message>
            <source>Go on with</source>
            <translation>繼續使用</translation>
        </message>
        <message>
            <source>SavedModel folder…</source>
            <translation>SavedModel 資料夾…</translation>
        </message>
        <message>
            <source>Read model and examples</source>
            <translation>讀取模型與範例</translation>
        </message>
        <message>
            <source>Choose other examples…</source>
            <translation>選擇其他範例…</translation>
        </message>
        <message>
            <source>Show examples</source>
            <translation>顯示範例</translation>
        </message>
        <message>
            <source>Data file…</source>
            <translation>資料檔…</translation>
        </message>
        <message>
            <source>One file with all examples: {endings}</source>
            <translation>包含所有範例的單一檔案：{endings}</translation>
        </message>
        <message>
            <source>Without examples</source>
            <translation>不用範例</translation>
        </message>
        <message>
            <source>Use another model</source>
            <translation>改用其他模型</translation>
        </message>
        <message>
            <source>drop a file anywhere in this window</source>
            <translation>把檔案拖到視窗任何地方</translation>
        </message>
    </context>
    <context>
        <name>OperatorsTable</name>
        <message>
            <source>Operator</source>
            <translation>運算子</translation>
        </message>
        <message>
            <source>Number</source>
            <translation>數量</translation>
        </message>
        <message>
            <source>MACs</source>
            <translation>MAC 運算</translation>
        </message>
        <message>
            <source>On a board</source>
            <translation>在開發板上</translation>
        </message>
        <message>
            <source>Why, and what helps</source>
            <translation>原因與解法</translation>
        </message>
        <message>
            <source>Operators</source>
            <translation>運算子</translation>
        </message>
        <message>
            <source>cannot run</source>
            <translation>無法執行</translation>
        </message>
        <message>
            <source>replaced</source>
            <translation>已替換</translation>
        </message>
        <message>
            <source>runs</source>
            <translation>可執行</translation>
        </message>
    </context>
    <context>
        <name>Page</name>
        <message>
            <source>Model</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>Board</source>
            <translation>開發板</translation>
        </message>
        <message>
            <source>Compress</source>
            <translation>壓縮</translation>
        </message>
        <message>
            <source>Train</source>
            <translation>訓練</translation>
        </message>
        <message>
            <source>Verify</source>
            <translation>驗證</translation>
        </message>
        <message>
            <source>Fit</source>
            <translation>配置</translation>
        </message>
        <message>
            <source>Flash &amp; Live</source>
            <translation>燒錄與即時</translation>
        </message>
    </context>
    <context>
        <name>PhaseBar</name>
        <message>
            <source>{percent} done</source>
            <translation>完成 {percent}</translation>
        </message>
    </context>
    <context>
        <name>PlayButton</name>
        <message>
            <source>Play</source>
            <translation>播放</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
    </context>
    <context>
        <name>Predictor</name>
        <message>
            <source>The worker process ended unexpectedly (code {code}).</source>
            <translation>工作程序意外結束（代碼 {code}）。</translation>
        </message>
        <message>
            <source>Try again.</source>
            <translation>再試一次。</translation>
        </message>
    </context>
    <context>
        <name>Rail</name>
        <message>
            <source>Ctrl+1–7 jumps to a step</source>
            <translation>Ctrl+1–7 跳到步驟</translation>
        </message>
    </context>
    <context>
        <name>ReadingCard</name>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Stopping…</source>
            <translation>停止中…</translation>
        </message>
    </context>
    <context>
        <name>ReportNote</name>
        <message>
            <source>Open</source>
            <translation>開啟</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>關閉</translation>
        </message>
        <message>
            <source>The report is saved: {file}</source>
            <translation>報告已儲存：{file}</translation>
        </message>
    </context>
    <context>
        <name>ResultPage</name>
        <message>
            <source>Log</source>
            <translation>記錄</translation>
        </message>
        <message>
            <source>No project yet</source>
            <translation>還沒有專案</translation>
        </message>
        <message>
            <source>Start with a ready-made task or a model file of your own.</source>
            <translation>從現成任務或自己的模型檔開始。</translation>
        </message>
        <message>
            <source>Choose a model</source>
            <translation>選擇模型</translation>
        </message>
        <message>
            <source>Not ready yet</source>
            <translation>尚未就緒</translation>
        </message>
        <message>
            <source>Open Model</source>
            <translation>開啟「模型」</translation>
        </message>
        <message>
            <source>Open Compress</source>
            <translation>開啟「壓縮」</translation>
        </message>
        <message>
            <source>Open Board</source>
            <translation>開啟「開發板」</translation>
        </message>
        <message>
            <source>Out of date. {reason}</source>
            <translation>已過期。{reason}</translation>
        </message>
    </context>
    <context>
        <name>RunList</name>
        <message>
            <source>Show {name} in the curves</source>
            <translation>在曲線中顯示 {name}</translation>
        </message>
    </context>
    <context>
        <name>Runs</name>
        <message>
            <source>Train</source>
            <translation>訓練</translation>
        </message>
        <message>
            <source>Learn from a teacher</source>
            <translation>向教師學習</translation>
        </message>
        <message>
            <source>Prune and retrain</source>
            <translation>剪枝並再訓練</translation>
        </message>
        <message>
            <source>Practise with whole numbers</source>
            <translation>以整數練習</translation>
        </message>
        <message>
            <source>{step}, stopped early</source>
            <translation>{step}，提前停止</translation>
        </message>
    </context>
    <context>
        <name>SearchPanel</name>
        <message>
            <source>Networks to train</source>
            <translation>要訓練的網路數</translation>
        </message>
        <message>
            <source>Start search</source>
            <translation>開始搜尋</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Find the best that fits</source>
            <translation>找出放得下的最佳網路</translation>
        </message>
        <message>
            <source>networks to train</source>
            <translation>要訓練的網路數</translation>
        </message>
        <message>
            <source>nothing tried is faster and more accurate</source>
            <translation>沒有試過的網路更快又更準</translation>
        </message>
        <message>
            <source>others that fit</source>
            <translation>其他放得下的</translation>
        </message>
        <message>
            <source>accuracy in %, on examples kept for choosing</source>
            <translation>準確率(%),以挑選用的範例計算</translation>
        </message>
        <message>
            <source>Take this one</source>
            <translation>採用這一個</translation>
        </message>
        <message>
            <source>Search on</source>
            <translation>繼續搜尋</translation>
        </message>
        <message>
            <source>Choose a board first: boards differ in what fits.</source>
            <translation>請先選擇開發板:各板放得下的不同。</translation>
        </message>
        <message>
            <source>{n} of {all} networks trained</source>
            <translation>已訓練 {n} / {all} 個網路</translation>
        </message>
        <message>
            <source>, about {time} left</source>
            <translation>，約剩 {time}</translation>
        </message>
        <message>
            <source>Thimble prunes this network more and less, with 8 bits and with finer ends. What does not fit is not trained. The rest becomes a point each.</source>
            <translation>Thimble 會以不同程度剪枝這個網路，並試 8 位元與較精細的首尾層。放不下的不訓練，其餘各成一個點。</translation>
        </message>
        <message>
            <source>Trained networks: {n}.</source>
            <translation>已訓練的網路:{n}。</translation>
        </message>
        <message>
            <source>Not trained because they do not fit: {n}.</source>
            <translation>放不下而未訓練:{n}。</translation>
        </message>
        <message>
            <source>{n} % of the channels removed</source>
            <translation>移除 {n} % 的通道</translation>
        </message>
        <message>
            <source>whole</source>
            <translation>完整</translation>
        </message>
        <message>
            <source>first and last layer in 16 bits</source>
            <translation>首層與末層用 16 位元</translation>
        </message>
        <message>
            <source>pictures of {n} pixels</source>
            <translation>{n} 像素的圖片</translation>
        </message>
        <message>
            <source>{accuracy} right, measured. Predicted: {time} ms, {flash} flash, {ram} SRAM.</source>
            <translation>{accuracy} 正確（實測）。預測：{time} 毫秒，快閃記憶體 {flash}，SRAM {ram}。</translation>
        </message>
        <message>
            <source>Stop the search first</source>
            <translation>請先停止搜尋</translation>
        </message>
    </context>
    <context>
        <name>SoundPlayer</name>
        <message>
            <source>Sound cannot be played here: none of {names} is installed. The picture shows the sound.</source>
            <translation>此電腦無法播放聲音：未安裝 {names} 中任何一個。圖中顯示聲音的樣子。</translation>
        </message>
        <message>
            <source>it did not say why</source>
            <translation>未說明原因</translation>
        </message>
        <message>
            <source>The sound could not be played: {reason}.</source>
            <translation>無法播放聲音：{reason}。</translation>
        </message>
    </context>
    <context>
        <name>StepCard</name>
        <message>
            <source>{step} on or off</source>
            <translation>開啟或關閉「{step}」</translation>
        </message>
        <message>
            <source>Remove this step</source>
            <translation>移除此步驟</translation>
        </message>
        <message>
            <source>The teacher cost {n} points. Switch this step off, or double its epochs.</source>
            <translation>教師反而少了 {n} 個百分點。請關閉此步驟，或將訓練輪數加倍。</translation>
        </message>
        <message>
            <source>at most</source>
            <translation>最多</translation>
        </message>
        <message>
            <source>epochs</source>
            <translation>輪</translation>
        </message>
        <message>
            <source>Share of channels to remove, %</source>
            <translation>要移除的通道比例，%</translation>
        </message>
        <message>
            <source>remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>samples</source>
            <translation>個樣本</translation>
        </message>
        <message>
            <source>full range</source>
            <translation>完整範圍</translation>
        </message>
        <message>
            <source>without outliers</source>
            <translation>排除離群值</translation>
        </message>
        <message>
            <source>least error</source>
            <translation>誤差最小</translation>
        </message>
        <message>
            <source>How ranges are read</source>
            <translation>範圍的取法</translation>
        </message>
        <message>
            <source>Teacher</source>
            <translation>教師</translation>
        </message>
        <message>
            <source>the usual teacher</source>
            <translation>慣用的老師</translation>
        </message>
        <message>
            <source>a file…</source>
            <translation>檔案…</translation>
        </message>
        <message>
            <source>The teacher's model file</source>
            <translation>教師的模型檔</translation>
        </message>
    </context>
    <context>
        <name>StripChart</name>
        <message>
            <source>Latency over the last minute</source>
            <translation>最近一分鐘的延遲</translation>
        </message>
        <message>
            <source>budget {ms} ms</source>
            <translation>預算 {ms} ms</translation>
        </message>
        <message>
            <source>predicted {ms} ms</source>
            <translation>預測 {ms} ms</translation>
        </message>
        <message>
            <source>now</source>
            <translation>現在</translation>
        </message>
    </context>
    <context>
        <name>TaskCard</name>
        <message>
            <source>In use</source>
            <translation>使用中</translation>
        </message>
    </context>
    <context>
        <name>Tasks</name>
        <message>
            <source>built-in spoken words</source>
            <translation>內建口語單字</translation>
        </message>
        <message>
            <source>built-in handwritten digits</source>
            <translation>內建手寫數字</translation>
        </message>
        <message>
            <source>built-in machine hum</source>
            <translation>內建機器嗡鳴聲</translation>
        </message>
        <message>
            <source>network that comes with Thimble</source>
            <translation>Thimble 內建網路</translation>
        </message>
        <message>
            <source>ONNX</source>
            <translation>ONNX</translation>
        </message>
        <message>
            <source>ONNX in 8-bit numbers</source>
            <translation>8 位元數字的 ONNX</translation>
        </message>
        <message>
            <source>Keras</source>
            <translation>Keras</translation>
        </message>
        <message>
            <source>Keras HDF5</source>
            <translation>Keras HDF5</translation>
        </message>
        <message>
            <source>TensorFlow SavedModel</source>
            <translation>TensorFlow SavedModel</translation>
        </message>
        <message>
            <source>PyTorch weights</source>
            <translation>PyTorch 權重</translation>
        </message>
        <message>
            <source>TorchScript</source>
            <translation>TorchScript</translation>
        </message>
        <message>
            <source>PyTorch exported program</source>
            <translation>PyTorch 匯出程式</translation>
        </message>
        <message>
            <source>TensorFlow Lite in floating point</source>
            <translation>浮點 TensorFlow Lite</translation>
        </message>
        <message>
            <source>TensorFlow Lite in 8-bit numbers</source>
            <translation>8 位元數字的 TensorFlow Lite</translation>
        </message>
        <message>
            <source>TensorFlow Lite in 16-bit numbers</source>
            <translation>16 位元數字的 TensorFlow Lite</translation>
        </message>
        <message>
            <source>TensorFlow Lite, mixed numbers</source>
            <translation>混合數字的 TensorFlow Lite</translation>
        </message>
        <message>
            <source>TensorFlow Lite</source>
            <translation>TensorFlow Lite</translation>
        </message>
    </context>
    <context>
        <name>TopBar</name>
        <message>
            <source>Saved</source>
            <translation>已儲存</translation>
        </message>
        <message>
            <source>Open a project or a model (Ctrl+O)</source>
            <translation>開啟專案或模型 (Ctrl+O)</translation>
        </message>
        <message>
            <source>Dark, light, or as the system</source>
            <translation>深色、淺色或跟隨系統</translation>
        </message>
        <message>
            <source>Keys and help (F1)</source>
            <translation>按鍵與說明 (F1)</translation>
        </message>
        <message>
            <source>Demo mode</source>
            <translation>展示模式</translation>
        </message>
        <message>
            <source>Plays the whole path (F11)</source>
            <translation>播放整個流程 (F11)</translation>
        </message>
        <message>
            <source>Booth mode: full screen, for visitors</source>
            <translation>展示模式：全螢幕，給訪客看</translation>
        </message>
        <message>
            <source>New project</source>
            <translation>新專案</translation>
        </message>
        <message>
            <source>no model yet</source>
            <translation>尚無模型</translation>
        </message>
        <message>
            <source>no board yet</source>
            <translation>尚無開發板</translation>
        </message>
        <message>
            <source>Connected</source>
            <translation>已連線</translation>
        </message>
        <message>
            <source>Connecting</source>
            <translation>連線中</translation>
        </message>
        <message>
            <source>Connection lost</source>
            <translation>連線中斷</translation>
        </message>
        <message>
            <source>Stopped</source>
            <translation>已停止</translation>
        </message>
        <message>
            <source>No board connected</source>
            <translation>未連接開發板</translation>
        </message>
        <message>
            <source>Virtual board</source>
            <translation>虛擬開發板</translation>
        </message>
        <message>
            <source>As the system</source>
            <translation>跟隨系統</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>深色</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>淺色</translation>
        </message>
    </context>
    <context>
        <name>Tour</name>
        <message>
            <source>Start with a model</source>
            <translation>從模型開始</translation>
        </message>
        <message>
            <source>Drop a file here, or take a ready-made task. Your file is copied and never changed.</source>
            <translation>把檔案拖放到這裡，或選一個現成的任務。檔案只會複製，絕不更動。</translation>
        </message>
        <message>
            <source>Seven steps, top to bottom</source>
            <translation>七個步驟，由上而下</translation>
        </message>
        <message>
            <source>Each shows whether it is done. You can open any of them, also while one runs.</source>
            <translation>每一步都會顯示是否完成。隨時可以開啟任何一步，執行中也可以。</translation>
        </message>
        <message>
            <source>One next action</source>
            <translation>唯一的下一步</translation>
        </message>
        <message>
            <source>This button always does what comes next. Ctrl+Enter does the same.</source>
            <translation>這個按鈕永遠執行下一步，Ctrl+Enter 也一樣。</translation>
        </message>
        <message>
            <source>Four numbers against your budget</source>
            <translation>四個數字對照你的預算</translation>
        </message>
        <message>
            <source>Flash, memory, time, accuracy. Measured: solid; simulated: dotted; else: striped.</source>
            <translation>快閃記憶體、記憶體、時間與準確率。實心為實測，點狀為模擬，其餘為斜紋。</translation>
        </message>
        <message>
            <source>Colours, language, help, demo and booth mode. Ctrl+K finds every command.</source>
            <translation>色彩、語言、說明、示範與展示模式。Ctrl+K 可依名稱找到所有指令。</translation>
        </message>
        <message>
            <source>Everything else</source>
            <translation>其他功能</translation>
        </message>
        <message>
            <source>Skip the tour</source>
            <translation>略過導覽</translation>
        </message>
        <message>
            <source>Back</source>
            <translation>返回</translation>
        </message>
        <message>
            <source>{n} of {total}</source>
            <translation>第 {n} 步，共 {total} 步</translation>
        </message>
        <message>
            <source>Begin</source>
            <translation>開始</translation>
        </message>
        <message>
            <source>Next</source>
            <translation>下一步</translation>
        </message>
    </context>
    <context>
        <name>TrainPage</name>
        <message>
            <source>What is happening</source>
            <translation>正在做什麼</translation>
        </message>
        <message>
            <source>Learning rate</source>
            <translation>學習率</translation>
        </message>
        <message>
            <source>Samples per second</source>
            <translation>每秒樣本數</translation>
        </message>
        <message>
            <source>Time per epoch</source>
            <translation>每輪時間</translation>
        </message>
        <message>
            <source>Best on validation</source>
            <translation>驗證最佳值</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>複製</translation>
        </message>
        <message>
            <source>Log</source>
            <translation>記錄</translation>
        </message>
        <message>
            <source>Train</source>
            <translation>訓練</translation>
        </message>
        <message>
            <source>The model practises on your examples until it is as good as it can be.</source>
            <translation>模型用你的範例練習，直到表現最好。</translation>
        </message>
        <message>
            <source>Verify opens when training is done</source>
            <translation>訓練完成後開放驗證</translation>
        </message>
        <message>
            <source>Continue to Verify</source>
            <translation>前往「驗證」</translation>
        </message>
        <message>
            <source>Verify opens after training</source>
            <translation>訓練後開放驗證</translation>
        </message>
        <message>
            <source>The results are out of date</source>
            <translation>結果已過期</translation>
        </message>
        <message>
            <source>Train again</source>
            <translation>重新訓練</translation>
        </message>
        <message>
            <source>Nothing to train</source>
            <translation>無需訓練</translation>
        </message>
        <message>
            <source>This model has no data set, so it is taken as it is.</source>
            <translation>此模型沒有資料集，因此照原樣使用。</translation>
        </message>
        <message>
            <source>Open Verify</source>
            <translation>開啟驗證</translation>
        </message>
        <message>
            <source>Not trained yet</source>
            <translation>尚未訓練</translation>
        </message>
        <message>
            <source>Training runs on this computer. You can watch every epoch here.</source>
            <translation>訓練在這台電腦上進行，可在此觀看每一輪。</translation>
        </message>
        <message>
            <source>Start training</source>
            <translation>開始訓練</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>再試一次</translation>
        </message>
        <message>
            <source>Train to the end</source>
            <translation>訓練到底</translation>
        </message>
        <message>
            <source>kept from before</source>
            <translation>沿用先前結果</translation>
        </message>
        <message>
            <source>Step {n} of {all}</source>
            <translation>第 {n} 步，共 {all} 步</translation>
        </message>
        <message>
            <source>epoch {n} of at most {all}</source>
            <translation>第 {n} 輪，最多 {all} 輪</translation>
        </message>
        <message>
            <source>Getting ready</source>
            <translation>準備中</translation>
        </message>
        <message>
            <source>The first results follow shortly.</source>
            <translation>第一批結果很快就到。</translation>
        </message>
        <message>
            <source>Remove dead filters</source>
            <translation>移除無效濾波器</translation>
        </message>
        <message>
            <source>Learn from a teacher</source>
            <translation>向教師學習</translation>
        </message>
        <message>
            <source>Prune and retrain</source>
            <translation>剪枝並再訓練</translation>
        </message>
        <message>
            <source>Practise with whole numbers</source>
            <translation>以整數練習</translation>
        </message>
        <message>
            <source>Prepare</source>
            <translation>準備</translation>
        </message>
        <message>
            <source>Whole numbers (INT8)</source>
            <translation>整數 (INT8)</translation>
        </message>
        <message>
            <source>Compare</source>
            <translation>比較</translation>
        </message>
        <message>
            <source>Board</source>
            <translation>開發板</translation>
        </message>
        <message>
            <source>your minimum, {percent}</source>
            <translation>你的下限，{percent}</translation>
        </message>
        <message>
            <source>teacher, {percent}</source>
            <translation>教師，{percent}</translation>
        </message>
        <message>
            <source>{n} examples never trained on</source>
            <translation>{n} 個從未訓練過的範例</translation>
        </message>
        <message>
            <source>{n} of validation, epoch {epoch}</source>
            <translation>驗證 {n} 個，第 {epoch} 輪</translation>
        </message>
        <message>
            <source>What happened</source>
            <translation>發生了什麼</translation>
        </message>
        <message>
            <source>The least useful filters are gone. The rest practises to win back what was lost.</source>
            <translation>最沒用的濾波器已移除，其餘繼續練習補回損失。</translation>
        </message>
        <message>
            <source>The model sees every training example once an epoch, and imitates how sure its teacher is of each class.</source>
            <translation>模型每輪看過所有訓練範例，並模仿教師對各類別的把握。</translation>
        </message>
        <message>
            <source>The model practises with the rounding errors that the chip will make, and learns to live with them.</source>
            <translation>模型帶著晶片將產生的捨入誤差練習，學會適應。</translation>
        </message>
        <message>
            <source>The model sees every training example once an epoch and corrects itself. The line “validation” is of examples it does not learn from; the best epoch is kept.</source>
            <translation>模型每一輪看過每個訓練範例一次並自我修正。「驗證」線來自它不學習的範例；會保留最好的一輪。</translation>
        </message>
        <message>
            <source>Your examples are read and turned into what the model sees.</source>
            <translation>讀取你的範例並轉成模型看到的樣子。</translation>
        </message>
        <message>
            <source>Training is done; the job goes on with the next stage.</source>
            <translation>訓練完成；工作進入下一階段。</translation>
        </message>
        <message>
            <source>There is no finished training yet.</source>
            <translation>還沒有完成的訓練。</translation>
        </message>
        <message>
            <source>The last step took {time}. How good the model is stays unknown: the test examples cannot tell.</source>
            <translation>最後一個步驟花了 {time}。模型好壞仍未知：測試範例無法判斷。</translation>
        </message>
        <message>
            <source>The last step went from {before} to {after} right, in {time}, with {n} parameters.</source>
            <translation>最後一步的正確率從 {before} 變為 {after}，費時 {time}，共 {n} 個參數。</translation>
        </message>
        <message>
            <source>After {epochs} epochs and {time} the model gets {after} right of examples it never saw.</source>
            <translation>經過 {epochs} 輪、{time}，模型對沒看過的範例答對 {after}。</translation>
        </message>
        <message>
            <source>Trained to {percent}</source>
            <translation>已訓練到 {percent}</translation>
        </message>
        <message>
            <source>epoch {n}  loss {loss}  validation {validation}  right {right}</source>
            <translation>第 {n} 輪  損失 {loss}  驗證 {validation}  正確 {right}</translation>
        </message>
        <message>
            <source>In {time} it has learnt what is healthy. Of a faulty and a healthy example it finds the faulty one in {after} of all pairs (AUC), also of examples that it never saw.</source>
            <translation>它在 {time} 內學會什麼是健康的。給它一個故障與一個健康的範例，它在 {after} 的配對中找出故障的那個（AUC），對從未看過的範例也是如此。</translation>
        </message>
    </context>
    <context>
        <name>TrustCard</name>
        <message>
            <source>This kind of file can hold a program besides its numbers, and that program runs when the file is read. Open it only if you know who made it. It was not read yet.</source>
            <translation>這類檔案除了數值還可能含有程式，讀取時程式就會執行。只有在你知道作者是誰時才開啟。目前尚未讀取。</translation>
        </message>
        <message>
            <source>If you open it, it is read in a process of its own, without network, your files or other programs, as far as this system offers that. Weights alone (a state dictionary) or an ONNX file hold no program: ask its author for one of these.</source>
            <translation>若開啟，會在獨立程序中讀取，並在系統允許的範圍內隔絕網路、你的檔案與其他程式。純權重（state dictionary）或 ONNX 檔不含程式：可請作者提供其中一種。</translation>
        </message>
        <message>
            <source>Do not open it</source>
            <translation>不要開啟</translation>
        </message>
        <message>
            <source>I trust its author: open it</source>
            <translation>我信任作者：開啟</translation>
        </message>
        <message>
            <source>Without the batch, channels first</source>
            <translation>不含批次，通道在前</translation>
        </message>
        <message>
            <source>Input size, channels first</source>
            <translation>輸入大小，通道在前</translation>
        </message>
        <message>
            <source>Input size, if the file does not say it</source>
            <translation>輸入大小（若檔案未註明）</translation>
        </message>
        <message>
            <source>{file} may hold code</source>
            <translation>{file} 可能含有程式碼</translation>
        </message>
    </context>
    <context>
        <name>TrustDialog</name>
        <message>
            <source>{file} may hold code</source>
            <translation>{file} 可能含有程式碼</translation>
        </message>
    </context>
    <context>
        <name>VerifyPage</name>
        <message>
            <source>Likely cause:</source>
            <translation>可能原因：</translation>
        </message>
        <message>
            <source>Run again</source>
            <translation>再執行一次</translation>
        </message>
        <message>
            <source>Save table</source>
            <translation>儲存表格</translation>
        </message>
        <message>
            <source>Save report</source>
            <translation>儲存報告</translation>
        </message>
        <message>
            <source>Worst error in each layer</source>
            <translation>各層最大誤差</translation>
        </message>
        <message>
            <source>Compare on the board</source>
            <translation>在開發板上比較</translation>
        </message>
        <message>
            <source>On the board</source>
            <translation>在開發板上</translation>
        </message>
        <message>
            <source>Runs the same inputs through every conversion and compares the numbers, layer by layer.</source>
            <translation>讓相同輸入通過每個轉換，逐層比較數字。</translation>
        </message>
        <message>
            <source>Continue to Fit</source>
            <translation>前往「配置」</translation>
        </message>
        <message>
            <source>Compared with {n} inputs</source>
            <translation>以 {n} 筆輸入比較</translation>
        </message>
        <message>
            <source>{compared}; before the board, accuracy of {n} examples</source>
            <translation>{compared}；上板前以 {n} 個範例量準確率</translation>
        </message>
        <message>
            <source>The results are out of date</source>
            <translation>結果已過期</translation>
        </message>
        <message>
            <source>Verify again</source>
            <translation>重新驗證</translation>
        </message>
        <message>
            <source>Verify stopped</source>
            <translation>驗證已停止</translation>
        </message>
        <message>
            <source>Fit opens when the check is done</source>
            <translation>檢查完成後開放配置</translation>
        </message>
        <message>
            <source>Not verified yet</source>
            <translation>尚未驗證</translation>
        </message>
        <message>
            <source>Thimble converts the model step by step and compares every layer.</source>
            <translation>Thimble 逐步轉換模型並比較每一層。</translation>
        </message>
        <message>
            <source>The model has to be trained first; running this does both.</source>
            <translation>模型須先訓練；執行這裡會兩者都做。</translation>
        </message>
        <message>
            <source>Convert and verify</source>
            <translation>轉換並驗證</translation>
        </message>
        <message>
            <source>Convert</source>
            <translation>轉換</translation>
        </message>
        <message>
            <source>Compare every layer</source>
            <translation>比較每一層</translation>
        </message>
        <message>
            <source>Train</source>
            <translation>訓練</translation>
        </message>
        <message>
            <source>Read</source>
            <translation>讀取</translation>
        </message>
        <message>
            <source>Getting ready</source>
            <translation>準備中</translation>
        </message>
        <message>
            <source>Each form of the network is made from the one before it.</source>
            <translation>網路的每種形式都由前一種產生。</translation>
        </message>
        <message>
            <source>{n} of {all} layers differ by more than they may.</source>
            <translation>{all} 層中有 {n} 層的差異超過容許值。</translation>
        </message>
        <message>
            <source>One of {all} layers differs by more than it may.</source>
            <translation>{all} 層中有一層的差異超過允許。</translation>
        </message>
        <message>
            <source>A layer gives other numbers on the board.</source>
            <translation>有一層在開發板上的數字不同。</translation>
        </message>
        <message>
            <source>above: this layer alone; below: added up. Click for more</source>
            <translation>上：僅此層；下：累積。點選看詳情</translation>
        </message>
        <message>
            <source>right: board {board}, this PC {host}</source>
            <translation>答對：開發板 {board}，這台電腦 {host}</translation>
        </message>
        <message>
            <source>Saving…</source>
            <translation>儲存中…</translation>
        </message>
        <message>
            <source>Verify again first: a report is only of results that are up to date.</source>
            <translation>請先重新驗證：報告只能用最新的結果。</translation>
        </message>
        <message>
            <source>The board's answers differ in {n} bytes.</source>
            <translation>開發板的答案有 {n} 個位元組不同。</translation>
        </message>
        <message>
            <source>All conversions on this computer agree. Flash the board again.</source>
            <translation>這台電腦上的轉換全部一致。請重新燒錄開發板。</translation>
        </message>
        <message>
            <source>The board gives the same answers as the converted model.</source>
            <translation>開發板的答案與轉換後的模型相同。</translation>
        </message>
        <message>
            <source>Every conversion gives the same answers.</source>
            <translation>每次轉換的答案都相同。</translation>
        </message>
        <message>
            <source>It begins at {layer}, from {before} to {after}: {error}, the limit is {limit}.</source>
            <translation>從 {layer} 開始，由 {before} 到 {after}：{error}，上限 {limit}。</translation>
        </message>
        <message>
            <source>All {n} layers agree.</source>
            <translation>全部 {n} 層一致。</translation>
        </message>
        <message>
            <source>Closest to its limit: {layer} with {share} of it.</source>
            <translation>最接近上限：{layer}，達 {share}。</translation>
        </message>
        <message>
            <source>Its inputs were made up: they say nothing about accuracy.</source>
            <translation>輸入是虛構的，因此無法說明準確度。</translation>
        </message>
        <message>
            <source>Your samples have no labels: they say nothing about accuracy.</source>
            <translation>您的樣本沒有標籤，因此無法說明準確度。</translation>
        </message>
        <message>
            <source>no board yet</source>
            <translation>尚無開發板</translation>
        </message>
        <message>
            <source>not run</source>
            <translation>未執行</translation>
        </message>
        <message>
            <source>{n} B</source>
            <translation>{n} B</translation>
        </message>
        <message>
            <source>exact</source>
            <translation>相同</translation>
        </message>
        <message>
            <source>Board</source>
            <translation>開發板</translation>
        </message>
        <message>
            <source>wrong</source>
            <translation>錯誤</translation>
        </message>
        <message>
            <source>1 step</source>
            <translation>1 級</translation>
        </message>
        <message>
            <source>{n} steps</source>
            <translation>{n} 級</translation>
        </message>
        <message>
            <source>on the board</source>
            <translation>在開發板上</translation>
        </message>
        <message>
            <source>INT8</source>
            <translation>INT8</translation>
        </message>
        <message>
            <source>self-test passed</source>
            <translation>自我測試通過</translation>
        </message>
        <message>
            <source>self-test failed</source>
            <translation>自我測試失敗</translation>
        </message>
        <message>
            <source>What the firmware found at its last reset: {found}</source>
            <translation>韌體上次重置時的發現：{found}</translation>
        </message>
        <message>
            <source>not run yet</source>
            <translation>尚未執行</translation>
        </message>
        <message>
            <source>Builds, flashes and streams every test input to the board.</source>
            <translation>建置、燒錄並把每筆測試輸入傳到開發板。</translation>
        </message>
        <message>
            <source>Compare again</source>
            <translation>重新比較</translation>
        </message>
        <message>
            <source>{n} bytes differ</source>
            <translation>{n} 個位元組不同</translation>
        </message>
        <message>
            <source>0 mismatched bytes</source>
            <translation>0 個位元組不符</translation>
        </message>
        <message>
            <source>{n} inputs</source>
            <translation>{n} 筆輸入</translation>
        </message>
        <message>
            <source>Made with an older model or board.</source>
            <translation>來自較舊的模型或開發板。</translation>
        </message>
    </context>
    <context>
        <name>VerifySide</name>
        <message>
            <source>the results cannot be compared</source>
            <translation>結果無法比較</translation>
        </message>
        <message>
            <source>1 INT8 step</source>
            <translation>1 個 INT8 級</translation>
        </message>
        <message>
            <source>{n} INT8 steps</source>
            <translation>{n} 個 INT8 級</translation>
        </message>
        <message>
            <source>Mixed up</source>
            <translation>混淆</translation>
        </message>
        <message>
            <source>Each class</source>
            <translation>各類別</translation>
        </message>
        <message>
            <source>Its answers</source>
            <translation>它的答案</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>關閉</translation>
        </message>
        <message>
            <source>{n} examples, {where}</source>
            <translation>{n} 個範例，{where}</translation>
        </message>
        <message>
            <source>Share of right answers in each class.</source>
            <translation>各類別的正確比例。</translation>
        </message>
        <message>
            <source>The mark is the trained model, on the examples of the check.</source>
            <translation>標記為訓練後的模型，以檢查用範例量得。</translation>
        </message>
        <message>
            <source>From {before} to {after}. Share of elements by their difference, {unit}.</source>
            <translation>從 {before} 到 {after}。依差異統計的元素比例，{unit}。</translation>
        </message>
        <message>
            <source>in INT8 steps</source>
            <translation>以 INT8 級計</translation>
        </message>
        <message>
            <source>as part of the layer's largest value</source>
            <translation>以該層最大值的比例計</translation>
        </message>
        <message>
            <source>Alone: {error}, the limit is {limit}. Added up: {whole}.</source>
            <translation>單獨：{error}，上限為 {limit}。累積：{whole}。</translation>
        </message>
        <message>
            <source>Its scales and weights are off by {error}, the limit is {limit}. Rounding and clipping add up to {whole}.</source>
            <translation>其縮放與權重偏差 {error}，上限為 {limit}。捨入與截斷累積為 {whole}。</translation>
        </message>
        <message>
            <source>The worst element: {place}.</source>
            <translation>最差元素：{place}。</translation>
        </message>
        <message>
            <source>Signal against difference: {n} dB.</source>
            <translation>訊號對差異：{n} dB。</translation>
        </message>
        <message>
            <source>All elements are equal.</source>
            <translation>所有元素相等。</translation>
        </message>
    </context>
    <context>
        <name>VerifyTableModel</name>
        <message>
            <source>Layer</source>
            <translation>層</translation>
        </message>
        <message>
            <source>From {before} to {after}</source>
            <translation>從 {before} 到 {after}</translation>
        </message>
        <message>
            <source>over its limit</source>
            <translation>超過上限</translation>
        </message>
        <message>
            <source>close to its limit</source>
            <translation>接近上限</translation>
        </message>
        <message>
            <source>agrees</source>
            <translation>一致</translation>
        </message>
        <message>
            <source>alone {isolated}, added up {cumulated}, limit {limit} ({unit})</source>
            <translation>單獨 {isolated}，累積 {cumulated}，上限 {limit}（{unit}）</translation>
        </message>
        <message>
            <source>INT8 steps</source>
            <translation>INT8 級</translation>
        </message>
        <message>
            <source>of the layer's largest value</source>
            <translation>該層最大值的比例</translation>
        </message>
    </context>
    <context>
        <name>ViewSwitch</name>
        <message>
            <source>View</source>
            <translation>檢視</translation>
        </message>
    </context>
    <context>
        <name>VirtualBoard</name>
        <message>
            <source>The virtual board ended (code {code}). {detail}</source>
            <translation>虛擬開發板已結束（代碼 {code}）。{detail}</translation>
        </message>
    </context>
    <context>
        <name>WhatIs</name>
        <message>
            <source>What is this: {word}?</source>
            <translation>這是什麼：{word}？</translation>
        </message>
    </context>
    <context>
        <name>Workbench</name>
        <message>
            <source>Run again. If it happens again, run: thimble-cli doctor</source>
            <translation>請再執行一次。若再發生，請執行：thimble-cli doctor</translation>
        </message>
    </context>
    <context>
        <name>_Field</name>
        <message>
            <source>guessed</source>
            <translation>猜測</translation>
        </message>
    </context>
</TS>
